// Package coretest runs contracts natively, in ordinary Go tests, against a ledger
// in memory that follows the rules of the host.
//
//	func TestIncrement(t *testing.T) {
//		env := coretest.New(t)
//		alice := env.Account("alice", 0)
//		var id core.ObjectID
//		env.MustCall(alice, func(ctx core.Context) (err error) {
//			id, err = new(counter.Counter).Initialize(ctx)
//			return err
//		})
//		err := env.Call(env.Account("bob", 0), func(ctx core.Context) error {
//			_, err := new(counter.Counter).Increment(ctx, id)
//			return err
//		})
//		if !errors.Is(err, core.ErrUnauthorized) {
//			t.Fatal(err)
//		}
//	}
//
// A call that returns an error or panics leaves no trace, as on a real ledger, and
// the sizes that package core names are bounded as they are there.
// Gas is not counted, and a contract's limits on time and memory are not enforced:
// for those run the compiled contract.
package coretest
