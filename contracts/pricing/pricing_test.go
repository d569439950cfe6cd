package pricing_test

import (
	"math"
	"reflect"
	"testing"

	"github.com/govm-net/vm/contracts/pricing"
	"github.com/govm-net/vm/core"
	"github.com/govm-net/vm/coretest"
)

// An order of 10 chairs at 50.00 and a lamp at 19.99.
var order = pricing.Order{
	Customer: "wholesale",
	Coupon:   "SPRING",
	Lines: []pricing.Line{
		{Item: "chair", Category: "furniture", Quantity: 10, Cents: 5000},
		{Item: "lamp", Category: "light", Quantity: 1, Cents: 1999},
	},
}

var (
	furniture = pricing.Rule{Name: "10 % off furniture", Kind: pricing.Category, Text: "furniture", Points: 1000}
	volume    = pricing.Rule{Name: "5 % off ten", Kind: pricing.Volume, Least: 10, Points: 500}
	total     = pricing.Rule{Name: "1.5 % off 400.00", Kind: pricing.Total, Least: 40000, Points: 150}
	wholesale = pricing.Rule{Name: "wholesale", Kind: pricing.Group, Text: "wholesale", Points: 2500}
	spring    = pricing.Rule{Name: "spring", Kind: pricing.Coupon, Text: "SPRING", Points: 200}
)

func deploy(t testing.TB) (*coretest.Contract, core.Address) {
	env := coretest.New(t)
	return env.DeployPackage(pricing.Price, pricing.Check, pricing.Best), env.Account("clerk", 0)
}

func TestPrice(t *testing.T) {
	contract, clerk := deploy(t)
	alone := wholesale
	alone.Alone = true
	for _, test := range []struct {
		name  string
		rules []pricing.Rule
		net   uint64
		steps []pricing.Step
	}{
		{"no rules", nil, 51999, nil},
		{"category", []pricing.Rule{furniture}, 46999, []pricing.Step{{furniture.Name, 5000}}},
		{"volume", []pricing.Rule{volume}, 49499, []pricing.Step{{volume.Name, 2500}}},
		{"each to what is left", []pricing.Rule{furniture, volume}, 44749, []pricing.Step{{furniture.Name, 5000}, {volume.Name, 2250}}},
		{"total, rounded for each line", []pricing.Rule{total}, 51220, []pricing.Step{{total.Name, 779}}},
		{"group", []pricing.Rule{wholesale}, 39000, []pricing.Step{{wholesale.Name, 12999}}},
		{"below a total after others", []pricing.Rule{wholesale, total}, 39000, []pricing.Step{{wholesale.Name, 12999}}},
		{"coupon", []pricing.Rule{spring}, 50960, []pricing.Step{{spring.Name, 1039}}},
		{"alone", []pricing.Rule{alone, spring}, 39000, []pricing.Step{{wholesale.Name, 12999}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := coretest.Get[pricing.Quote](contract, clerk, "Price", order, test.rules)
			want := pricing.Quote{Gross: 51999, Net: test.net, Steps: test.steps}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("the quote is %+v, want %+v", got, want)
			}
		})
	}
}

func TestRulesThatDoNotApply(t *testing.T) {
	contract, clerk := deploy(t)
	order := pricing.Order{Lines: []pricing.Line{{Item: "chair", Category: "furniture", Quantity: 1, Cents: 100}}}
	rules := []pricing.Rule{volume, total, wholesale, spring}
	if got := coretest.Get[pricing.Quote](contract, clerk, "Price", order, rules); got.Net != 100 || got.Steps != nil {
		t.Errorf("the quote is %+v", got)
	}
}

func TestCheck(t *testing.T) {
	contract, clerk := deploy(t)
	for name, rules := range map[string][]pricing.Rule{
		"no name":         {{Points: 1}},
		"the same name":   {furniture, furniture},
		"more than all":   {{Name: "gift", Points: 10_001}},
		"an unknown kind": {{Name: "magic", Kind: pricing.Coupon + 1}},
	} {
		t.Run(name, func(t *testing.T) {
			contract.Fails(core.ErrInvalidArgument, clerk, "Check", rules)
			contract.Fails(core.ErrInvalidArgument, clerk, "Price", order, rules)
			contract.Fails(core.ErrInvalidArgument, clerk, "Best", order, [][]pricing.Rule{nil, rules})
		})
	}
}

func TestBest(t *testing.T) {
	contract, clerk := deploy(t)
	result := contract.Must(clerk, "Best", order, [][]pricing.Rule{{furniture}, {wholesale}, {spring}, {wholesale}})
	if quote := result.Values[0].(pricing.Quote); quote.Net != 39000 || result.Values[1] != uint32(1) {
		t.Errorf("the best is %v", result.Values)
	}
	contract.Fails(core.ErrExecutionReverted, clerk, "Best", order, [][]pricing.Rule{})
}

func TestPricesAreBounded(t *testing.T) {
	contract, clerk := deploy(t)
	price := func(lines ...pricing.Line) *coretest.Result {
		return contract.Call(clerk, "Price", pricing.Order{Lines: lines}, []pricing.Rule(nil))
	}
	most := pricing.Line{Item: "ship", Quantity: 1, Cents: pricing.MaxCents}
	if got := coretest.As[pricing.Quote](price(most)).Net; got != pricing.MaxCents {
		t.Errorf("the ship costs %d", got)
	}
	price(most, pricing.Line{Item: "oar", Quantity: 1, Cents: 1}).Fails(core.ErrLimitExceeded)
	price(pricing.Line{Item: "fleet", Quantity: math.MaxUint32, Cents: math.MaxUint64}).Fails(core.ErrLimitExceeded)
	price(make([]pricing.Line, pricing.MaxLines)...).Must()
	price(make([]pricing.Line, pricing.MaxLines+1)...).Fails(core.ErrLimitExceeded)
}

// No rule makes an order cost more, or less than nothing.
func FuzzDiscounts(f *testing.F) {
	f.Add(uint32(10), uint64(5000), uint32(1000), uint32(200), uint64(3))
	f.Fuzz(func(t *testing.T, quantity uint32, cents uint64, first, second uint32, least uint64) {
		order := pricing.Order{Lines: []pricing.Line{{Item: "a", Quantity: quantity, Cents: cents}, {Item: "b", Quantity: 1, Cents: 99}}}
		rules := []pricing.Rule{
			{Name: "first", Kind: pricing.Volume, Least: least, Points: first},
			{Name: "second", Kind: pricing.Total, Least: least, Points: second},
		}
		quote, err := pricing.Price(order, rules)
		if err != nil {
			return
		}
		discount := uint64(0)
		for _, step := range quote.Steps {
			discount += step.Discount
		}
		if quote.Net > quote.Gross || quote.Gross-quote.Net != discount {
			t.Errorf("the quote is %+v", quote)
		}
	})
}
