// Package script does whatever it is told to its objects, and logs how that went.
package script

import "github.com/govm-net/vm/core"

// Op is something to do; what A and B mean depends on the kind.
type Op struct {
	Kind uint8
	A, B uint8
	Text string
	Stop bool // end the call if this fails
}

// Kinds is how many kinds there are.
const Kinds = 20

type Script struct{}

// Run does ops. Peers are other contracts of this kind and accounts.
//
//govm:payable
func (s Script) Run(ctx core.Context, peers []core.Address, ops []Op) (uint64, error) {
	done := uint64(0)
	for i, op := range ops {
		told, err := s.do(ctx, peers, op, ops[i+1:])
		text := ""
		if err != nil {
			text = err.Error()
		}
		ctx.Log("Did", "kind", op.Kind, "told", told, "error", text, "code", int32(core.CodeOf(err)))
		if err != nil && op.Stop {
			return done, core.Wrap(err, "stopped")
		}
		if op.Kind%Kinds == 10 && err == nil { // the rest was done by the other
			break
		}
		done++
	}
	return done, nil
}

// Look is Run of a view.
//
//govm:view
func (s Script) Look(ctx core.Context, peers []core.Address, ops []Op) (uint64, error) {
	return s.Run(ctx, peers, ops)
}

func (s Script) do(ctx core.Context, peers []core.Address, op Op, rest []Op) (any, error) {
	peer := peers[int(op.B)%len(peers)]
	switch op.Kind % Kinds {
	case 0:
		obj, err := ctx.CreateObject()
		if err != nil {
			return nil, err
		}
		return obj.ID(), nil
	case 5:
		return nil, ctx.Transfer(peer, uint64(op.A))
	case 6:
		obj, err := ctx.GetObjectWithOwner(peer)
		if err != nil {
			return nil, err
		}
		return obj.ID(), nil
	case 7:
		objects, err := ctx.ListObjectsWithOwner(peer, core.ObjectID{op.A}, int(op.B)%4)
		return uint64(len(objects)), err
	case 10:
		return ctx.CallWith(core.CallOptions{Value: uint64(op.A) / 64}, peer, "Run", peers, rest)
	case 11:
		return ctx.Call(peer, "Look", peers, rest)
	case 12:
		return nil, core.Wrap(core.ErrorOf(core.Code(op.A)), op.Text)
	case 13:
		if op.A > 240 {
			panic(op.Text)
		}
		return ctx.Balance(peer), nil
	case 14:
		return []any{ctx.Sender(), ctx.Value(), ctx.BlockHeight(), ctx.BlockTime(), ctx.ContractAddress()}, nil
	}
	objects, err := ctx.ListObjects(core.ObjectID{}, int(op.A)%5+1)
	if err != nil {
		return nil, err
	}
	return onObject(ctx, objects[len(objects)-1], op, peer)
}

func onObject(ctx core.Context, obj core.Object, op Op, peer core.Address) (any, error) {
	switch op.Kind % Kinds {
	case 1, 2:
		return nil, obj.Set(op.Text, valueOf(op, peer))
	case 3:
		return obj.Owner(), obj.SetOwner(peer)
	case 4:
		return nil, ctx.DeleteObject(obj.ID())
	case 8:
		names, err := obj.Fields(op.Text, int(op.B)%4)
		return names, err
	case 9:
		return obj.Get(op.Text)
	case 15:
		return nil, obj.Delete(op.Text)
	case 16:
		return nil, core.MapOf[uint16, string](obj, "map").Set(uint16(op.A), op.Text)
	case 17:
		return core.MapOf[uint16, string](obj, "map").Keys(3, uint16(op.B))
	case 18:
		return core.ListOf[uint8](obj, "list").Push(op.A)
	case 19:
		moved, did, err := core.ListOf[uint8](obj, "list").SwapRemove(uint64(op.B) % 4)
		return []any{moved, did}, err
	}
	return nil, nil
}

// valueOf is a value of some type.
func valueOf(op Op, peer core.Address) any {
	switch op.B % 8 {
	case 0:
		return uint64(op.A)
	case 1:
		return op.Text
	case 2:
		return peer
	case 3:
		return []byte(op.Text)
	case 4:
		return op
	case 5:
		return map[string]int8{op.Text: int8(op.A), "": -1}
	case 6:
		return core.U256From(uint64(op.A))
	}
	return nil
}
