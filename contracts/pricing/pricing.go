// Package pricing works out what an order costs by rules that are data: a business
// rule that must give the same answer for everybody, on every machine, and that
// somebody else may change without being able to do harm. No chain is in sight: the
// functions take no context, keep nothing and know nobody.
//
// Amounts are whole cents and percentages whole hundredths of a percent, so that no
// rounding is left to floating point. What is rounded is rounded down, in favour of
// the customer.
package pricing

import (
	"cmp"
	"slices"

	"github.com/govm-net/vm/core"
)

// MaxCents is the largest price: what is multiplied below stays within 64 bits.
const MaxCents = 1_000_000_000_000

// MaxLines is how many lines an order may have.
const MaxLines = 1000

// wholePoints are 100 %.
const wholePoints = 10_000

// Line is a line of an order.
type Line struct {
	Item     string
	Category string
	Quantity uint32
	Cents    uint64 // each
}

// Order is what somebody wants.
type Order struct {
	Customer string // a group, such as "wholesale"; "" is everybody
	Coupon   string
	Lines    []Line
}

// Kind is what a rule looks at.
type Kind uint8

// The kinds of rules.
const (
	// Category takes a share off the lines of a category.
	Category Kind = iota
	// Volume takes a share off lines of at least a quantity.
	Volume
	// Total takes a share off an order of at least an amount, in cents.
	Total
	// Group takes a share off the orders of a group of customers.
	Group
	// Coupon takes a share off orders with a coupon.
	Coupon
)

// Rule takes a share off what it applies to.
type Rule struct {
	Name  string
	Kind  Kind
	Text  string // the category, group or coupon
	Least uint64 // the quantity or amount
	// Points are the share in hundredths of a percent.
	Points uint32
	// Alone keeps the rules behind it from applying if this one does.
	Alone bool
}

// Step is a rule that applied.
type Step struct {
	Rule     string
	Discount uint64 // in cents
}

// Quote is what an order costs, and why.
type Quote struct {
	Gross uint64
	Net   uint64
	Steps []Step
}

// Price works out an order. Rules apply in their order, each to what the ones before
// left.
//
//govm:view
func Price(order Order, rules []Rule) (Quote, error) {
	if err := Check(rules); err != nil {
		return Quote{}, err
	}
	left, err := lineTotals(order)
	if err != nil {
		return Quote{}, err
	}
	quote := Quote{Gross: sum(left)}
	for _, rule := range rules {
		discount := rule.apply(order, left)
		if discount == 0 {
			continue
		}
		quote.Steps = append(quote.Steps, Step{Rule: rule.Name, Discount: discount})
		if rule.Alone {
			break
		}
	}
	quote.Net = sum(left)
	return quote, nil
}

// Check reports what is wrong with rules.
//
//govm:view
func Check(rules []Rule) error {
	names := map[string]bool{}
	for _, rule := range rules {
		switch {
		case rule.Name == "" || names[rule.Name]:
			return core.Wrap(core.ErrInvalidArgument, "rule "+rule.Name+": its name is missing or used twice")
		case rule.Points > wholePoints:
			return core.Wrap(core.ErrInvalidArgument, "rule "+rule.Name+": more than everything is taken off")
		case rule.Kind > Coupon:
			return core.Wrap(core.ErrInvalidArgument, "rule "+rule.Name+": there is no such kind")
		}
		names[rule.Name] = true
	}
	return nil
}

// Best returns the cheapest of several quotes for an order, by different sets of
// rules, and the number of the set. Of equal ones it is the first.
//
//govm:view
func Best(order Order, sets [][]Rule) (Quote, uint32, error) {
	quotes := make([]Quote, len(sets))
	for i, rules := range sets {
		quote, err := Price(order, rules)
		if err != nil {
			return Quote{}, 0, err
		}
		quotes[i] = quote
	}
	core.Require(len(quotes) > 0, "there are no rules to choose from")
	best := slices.MinFunc(quotes, func(a, b Quote) int { return cmp.Compare(a.Net, b.Net) })
	at := slices.IndexFunc(quotes, func(q Quote) bool { return q.Net == best.Net })
	return best, uint32(at), nil
}

// lineTotals returns what the lines of an order cost before any rule.
func lineTotals(order Order) ([]uint64, error) {
	if len(order.Lines) > MaxLines {
		return nil, core.Wrap(core.ErrLimitExceeded, "the order has more than 1000 lines")
	}
	totals := make([]uint64, len(order.Lines))
	var gross uint64
	for i, line := range order.Lines {
		if line.Cents > 0 && uint64(line.Quantity) > (MaxCents-gross)/line.Cents {
			return nil, core.Wrap(core.ErrLimitExceeded, "the price of "+line.Item+" is too high")
		}
		totals[i] = uint64(line.Quantity) * line.Cents
		gross += totals[i]
	}
	return totals, nil
}

// apply takes what the rule allows off the lines and returns how much that was.
func (r Rule) apply(order Order, left []uint64) (discount uint64) {
	switch {
	case r.Kind == Total && sum(left) < r.Least,
		r.Kind == Group && order.Customer != r.Text,
		r.Kind == Coupon && (order.Coupon == "" || order.Coupon != r.Text):
		return 0
	}
	for i, line := range order.Lines {
		if r.Kind == Category && line.Category != r.Text || r.Kind == Volume && uint64(line.Quantity) < r.Least {
			continue
		}
		off := left[i] * uint64(r.Points) / wholePoints
		left[i] -= off
		discount += off
	}
	return discount
}

func sum(cents []uint64) (total uint64) {
	for _, c := range cents {
		total += c
	}
	return total
}
