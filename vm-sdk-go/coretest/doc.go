// Package coretest tests contracts with ordinary Go tests: as plain Go, with
// debugger, race detector, coverage and fuzzing, and with the same test functions
// the compiled contract in the real engine.
//
//	func TestTransfer(t *testing.T) {
//		env := coretest.New(t)
//		token := env.Deploy(new(token.Token))
//		alice, bob := env.Account("alice", 0), env.Account("bob", 0)
//		token.Must(alice, "Initialize", "Gold", "GLD", 2, core.U256From(1000))
//
//		sent := token.Must(alice, "Transfer", bob, core.U256From(300))
//		if got := sent.Event("Transfer").Value("amount"); got != core.U256From(300) {
//			t.Errorf("the event says %v", got)
//		}
//		if got := coretest.Get[core.U256](token, bob, "BalanceOf", bob); got != core.U256From(300) {
//			t.Errorf("bob has %s", got)
//		}
//		token.Fails(core.ErrInsufficientFunds, bob, "Transfer", alice, core.U256From(301))
//	}
//
// An [Env] is a ledger of the test's own: its accounts, its contracts, its blocks,
// with the time and height that the test wants. [Env.Deploy] adds a contract, whose
// functions [Contract.Call] calls by name, as the command govm does. Objects,
// balances and events can be read, states remembered ([Env.Snapshot]), gone back to
// ([Env.Revert]) and changed by hand ([Env.SetField], [Env.SetOwner], [Env.Fund]).
//
// # Modes
//
// `go test` runs the contract as plain Go. `govm test` runs the same tests both ways
// and compares results, errors, events, objects and balances after each call; with
// --mode it does the one or the other only. See [Mode].
//
// Natively a contract follows the rules of the host (owners, value, views, nested
// calls, the sizes that package core names), and a call that returns an error or
// panics leaves no trace. Gas is not counted and memory is not bounded, and what a
// contract does with package-level variables lasts: for those run the compiled one.
//
// # Functions of the test
//
// A test may also stand for a contract itself, natively: [Env.Call] runs a function
// with a [core.Context], and [Env.DeployFunctions] makes a contract of functions for
// another one to call. Such a test makes its Env with [NewNative].
package coretest
