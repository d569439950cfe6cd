// Package nft is a collection of tokens each of which is one of a kind. It does what
// ERC-721 describes with its metadata and enumeration, with objects that have owners:
// each token is an object, and its owner is the token's owner.
//
// So the host decides who may do something to a token, and OwnerOf, the list of
// somebody's tokens and the rights that come with owning one need no bookkeeping of
// the contract. Where it differs from ERC-721:
//
//   - A token's id is its object's, not a number.
//   - Only the owner can do something to an object, and the contract to its own. So
//     somebody who is approved cannot take a token away from its owner. Instead,
//     Approve hands the token to the contract, which keeps it in trust: the one who
//     put it there can take it back, and the one who is approved can claim it: as
//     with a market that holds what is for sale in escrow.
//   - There are no operators for all tokens of an owner.
//   - The first caller of Initialize may mint; there is no constructor.
package nft

import "github.com/govm-net/vm/core"

// Collection is what describes the collection, kept in the default object.
type Collection struct {
	Name   string       `govm:"name"`
	Symbol string       `govm:"symbol"`
	Minter core.Address `govm:"minter"`
	Supply uint64       `govm:"supply"`
}

// Metadata is what describes a token, kept in its object.
type Metadata struct {
	Title string `govm:"title"`
	URI   string `govm:"uri"`
}

// Trust is what a token that somebody is approved for has beside its metadata.
type Trust struct {
	// Owner is who put the token in trust, and gets it back.
	Owner core.Address `govm:"trust_owner"`
	// Approved is who may claim it.
	Approved core.Address `govm:"trust_approved"`
}

// Transfer is logged when a token finds another owner: from the zero address when it
// is made, to it when it is destroyed.
type Transfer struct {
	From  core.Address  `govm:"from"`
	To    core.Address  `govm:"to"`
	Token core.ObjectID `govm:"token"`
}

// Approval is logged when somebody is approved for a token, with the zero address
// when nobody is any more.
type Approval struct {
	Owner    core.Address  `govm:"owner"`
	Approved core.Address  `govm:"approved"`
	Token    core.ObjectID `govm:"token"`
}

// NFT is the contract.
type NFT struct{}

// Initialize names the collection. The caller may mint from then on. It works once.
func (NFT) Initialize(ctx core.Context, name, symbol string) error {
	state := core.Must(ctx.GetObject(core.ObjectID{}))
	_, err := core.Get[string](state, "name")
	core.Require(core.CodeOf(err) == core.CodeFieldNotFound, "the collection is initialized already")
	return core.Write(state, Collection{Name: name, Symbol: symbol, Minter: ctx.Sender()})
}

// Collection returns what describes the collection.
//
//govm:view
func (NFT) Collection(ctx core.Context) (Collection, error) {
	return core.Load[Collection](ctx, core.ObjectID{})
}

// Mint makes a token and returns its id, for the minter only.
func (NFT) Mint(ctx core.Context, to core.Address, metadata Metadata) (core.ObjectID, error) {
	state := core.Must(ctx.GetObject(core.ObjectID{}))
	collection, err := core.Read[Collection](state)
	if err != nil {
		return core.ObjectID{}, err
	}
	if ctx.Sender() != collection.Minter {
		return core.ObjectID{}, core.Wrap(core.ErrUnauthorized, "only the minter mints")
	}
	core.Require(!to.IsZero(), "the receiver is the zero address")
	core.Require(to != ctx.ContractAddress(), "the contract keeps tokens in trust only")
	core.RequireNo(state.Set("supply", collection.Supply+1))
	token, err := core.Create(ctx, metadata)
	if err != nil {
		return core.ObjectID{}, err
	}
	core.Emit(ctx, Transfer{To: to, Token: token.ID()})
	return token.ID(), token.SetOwner(to)
}

// TokenMetadata returns what describes a token.
//
//govm:view
func (NFT) TokenMetadata(ctx core.Context, id core.ObjectID) (Metadata, error) {
	return core.Read[Metadata](open(ctx, id))
}

// OwnerOf returns who owns a token; of one in trust, who put it there.
//
//govm:view
func (NFT) OwnerOf(ctx core.Context, id core.ObjectID) (core.Address, error) {
	token := open(ctx, id)
	if token.Owner() != ctx.ContractAddress() {
		return token.Owner(), nil
	}
	trust, err := core.Read[Trust](token)
	return trust.Owner, err
}

// Approved returns who is approved for a token, the zero address if nobody is.
//
//govm:view
func (NFT) Approved(ctx core.Context, id core.ObjectID) (core.Address, error) {
	token := open(ctx, id)
	if token.Owner() != ctx.ContractAddress() {
		return core.Address{}, nil
	}
	trust, err := core.Read[Trust](token)
	return trust.Approved, err
}

// TokensOf returns a page of the tokens that somebody owns, those in trust left out,
// in ascending order: those after the given id, from the first on for the zero id.
//
//govm:view
func (NFT) TokensOf(ctx core.Context, owner core.Address, after core.ObjectID, limit uint8) ([]core.ObjectID, error) {
	return ids(ctx.ListObjectsWithOwner(owner, after, int(limit)))
}

// Tokens returns a page of all tokens in ascending order: those after the given id,
// from the first on for the zero id.
//
//govm:view
func (NFT) Tokens(ctx core.Context, after core.ObjectID, limit uint8) ([]core.ObjectID, error) {
	state := core.Must(ctx.GetObject(core.ObjectID{}))
	// One more than asked for, since the default object is among them.
	all, err := ids(ctx.ListObjects(after, int(limit)+1))
	var tokens []core.ObjectID
	for _, id := range all {
		if id != state.ID() && len(tokens) < int(limit) {
			tokens = append(tokens, id)
		}
	}
	return tokens, err
}

// Transfer gives a token of the caller to somebody else.
func (NFT) Transfer(ctx core.Context, to core.Address, id core.ObjectID) error {
	core.Require(!to.IsZero(), "the receiver is the zero address")
	core.Require(to != ctx.ContractAddress(), "the contract keeps tokens in trust only")
	token := ownOpen(ctx, id)
	core.Emit(ctx, Transfer{From: ctx.Sender(), To: to, Token: id})
	return token.SetOwner(to)
}

// Approve puts a token of the caller in trust: the approved may Claim it, the caller
// may Withdraw it.
func (NFT) Approve(ctx core.Context, approved core.Address, id core.ObjectID) error {
	core.Require(!approved.IsZero(), "the approved is the zero address")
	token := ownOpen(ctx, id)
	if err := core.Write(token, Trust{Owner: ctx.Sender(), Approved: approved}); err != nil {
		return err
	}
	core.Emit(ctx, Approval{Owner: ctx.Sender(), Approved: approved, Token: id})
	return token.SetOwner(ctx.ContractAddress())
}

// Claim gives a token that the caller is approved for to somebody.
func (NFT) Claim(ctx core.Context, to core.Address, id core.ObjectID) error {
	core.Require(!to.IsZero() && to != ctx.ContractAddress(), "nobody can have the token there")
	token, trust := inTrust(ctx, id)
	if ctx.Sender() != trust.Approved {
		return core.Wrap(core.ErrUnauthorized, "approved is "+trust.Approved.String())
	}
	core.Emit(ctx, Transfer{From: trust.Owner, To: to, Token: id})
	return endTrust(token, to)
}

// Withdraw gives a token that the caller put in trust back.
func (NFT) Withdraw(ctx core.Context, id core.ObjectID) error {
	token, trust := inTrust(ctx, id)
	if ctx.Sender() != trust.Owner {
		return core.Wrap(core.ErrUnauthorized, "the owner is "+trust.Owner.String())
	}
	core.Emit(ctx, Approval{Owner: trust.Owner, Token: id})
	return endTrust(token, trust.Owner)
}

// Burn destroys a token of the caller.
func (NFT) Burn(ctx core.Context, id core.ObjectID) error {
	ownOpen(ctx, id)
	state := core.Must(ctx.GetObject(core.ObjectID{}))
	supply := core.Must(core.Get[uint64](state, "supply"))
	core.RequireNo(state.Set("supply", supply-1))
	core.Emit(ctx, Transfer{From: ctx.Sender(), Token: id})
	return ctx.DeleteObject(id)
}

// open returns the object of a token. The default object is none, whichever way it
// is asked for.
func open(ctx core.Context, id core.ObjectID) core.Object {
	state := core.Must(ctx.GetObject(core.ObjectID{}))
	if id.IsZero() || id == state.ID() {
		core.RequireNo(core.Wrap(core.ErrObjectNotFound, "this is no token"))
	}
	return core.Must(ctx.GetObject(id))
}

// ownOpen is open of a token that is to be the caller's. The host would refuse the
// change of somebody else's; a token in trust is the contract's, for which the
// contract has to check.
func ownOpen(ctx core.Context, id core.ObjectID) core.Object {
	token := open(ctx, id)
	if token.Owner() != ctx.Sender() {
		core.RequireNo(core.Wrap(core.ErrUnauthorized, "the token is owned by "+token.Owner().String()))
	}
	return token
}

func inTrust(ctx core.Context, id core.ObjectID) (core.Object, Trust) {
	token := open(ctx, id)
	if token.Owner() != ctx.ContractAddress() {
		core.RequireNo(core.Wrap(core.ErrUnauthorized, "the token is not in trust"))
	}
	return token, core.Must(core.Read[Trust](token))
}

func endTrust(token core.Object, to core.Address) error {
	core.RequireNo(token.Delete("trust_owner"))
	core.RequireNo(token.Delete("trust_approved"))
	return token.SetOwner(to)
}

func ids(objects []core.Object, err error) ([]core.ObjectID, error) {
	var found []core.ObjectID
	for _, object := range objects {
		found = append(found, object.ID())
	}
	return found, err
}
