//! Blocks that are committed while the next ones are built: what is acknowledged is stored, in order, and what fails takes with it
//! what was built on it.

mod common;

use std::collections::BTreeSet;
use std::sync::{Arc, Condvar, Mutex};

use common::{State, apply};
use govm_core::{
    Address, BlockCommit, BlockDraft, BlockHeader, Ground, Hash, HostFault, Pipeline, Prepared, Snapshot, StateKey,
    StateStore, StateView, Ticket, Write, receipts_hash, value_digest,
};
use proptest::prelude::*;

/// A store in memory that fails when it is told to, and waits when it is told to.
#[derive(Default)]
struct Store {
    kept: Mutex<Kept>,
    opened: Condvar,
}

#[derive(Default)]
struct Kept {
    blocks: Vec<BlockHeader>,
    state: State,
    /// The heights whose next commit fails.
    failing: BTreeSet<u64>,
    /// Commits of this height and above wait.
    shut_from: Option<u64>,
    panics: bool,
}

impl Store {
    fn set(&self, change: impl FnOnce(&mut Kept)) {
        change(&mut self.kept.lock().unwrap());
        self.opened.notify_all();
    }

    fn state(&self) -> State {
        self.kept.lock().unwrap().state.clone()
    }

    fn heights(&self) -> Vec<u64> {
        self.kept.lock().unwrap().blocks.iter().map(|header| header.height).collect()
    }
}

/// A root that is easy to have.
fn root(state: &State) -> Hash {
    value_digest(format!("{state:?}").as_bytes())
}

impl StateStore for Store {
    type View = State;
    type Update = ();

    fn snapshot(&self) -> Result<Snapshot<State>, HostFault> {
        let kept = self.kept.lock().unwrap();
        Ok(Snapshot { head: kept.blocks.last().cloned(), state: kept.state.clone() })
    }

    fn prepare(&self, writes: &[Write]) -> Result<Prepared<()>, HostFault> {
        Ok(Prepared { state_root: root(&apply(self.state(), writes.to_vec())), update: () })
    }

    fn commit(&self, block: &BlockCommit, (): ()) -> Result<(), HostFault> {
        let mut kept = self.kept.lock().unwrap();
        while kept.shut_from.is_some_and(|height| block.header.height >= height) {
            kept = self.opened.wait(kept).unwrap();
        }
        if kept.panics {
            drop(kept);
            panic!("as told");
        }
        if kept.failing.remove(&block.header.height) {
            return Err(HostFault::storage("the disk is full"));
        }
        assert_eq!(block.header.parent, kept.blocks.last().map(BlockHeader::hash).unwrap_or_default());
        assert_eq!(block.header.receipts, receipts_hash(&block.receipts));
        kept.state = apply(std::mem::take(&mut kept.state), block.writes.clone());
        assert_eq!(block.header.state_root, root(&kept.state));
        kept.blocks.push(block.header.clone());
        Ok(())
    }
}

fn key(number: u8) -> StateKey {
    StateKey::Account(Address::from_bytes([number; 20]))
}

fn write(number: u8, value: u8) -> BlockDraft {
    BlockDraft { writes: vec![(key(number), Some(vec![value]))], ..BlockDraft::default() }
}

fn pipeline(ahead: usize) -> (Arc<Store>, Pipeline<Store>) {
    let store = Arc::new(Store::default());
    (Arc::clone(&store), Pipeline::new(store, ahead).unwrap())
}

fn submit(pipeline: &Pipeline<Store>, draft: BlockDraft) -> Ticket<Store> {
    pipeline.submit(&pipeline.ground().unwrap(), draft).unwrap()
}

fn text<T: std::fmt::Debug>(result: Result<T, HostFault>) -> String {
    result.unwrap_err().to_string()
}

fn value(ground: &Ground, store: &Store, number: u8) -> Option<u8> {
    ground.view(store).unwrap().get(&key(number)).unwrap().map(|value| value[0])
}

#[test]
fn the_next_block_is_built_on_what_waits() {
    let (store, pipeline) = pipeline(2);
    store.set(|kept| kept.shut_from = Some(1));
    let first = submit(&pipeline, write(1, 1));
    let second = submit(&pipeline, write(2, 2));
    let ground = pipeline.ground().unwrap();
    assert_eq!(ground.height(), 3);
    assert_eq!([1, 2, 3].map(|number| value(&ground, &store, number)), [Some(1), Some(2), None]);
    assert!(store.state().is_empty(), "nothing is committed");

    store.set(|kept| kept.shut_from = None);
    assert_eq!(first.wait().unwrap().height, 1);
    assert_eq!(store.heights()[..1], [1], "what is acknowledged is stored");
    // The ground is the same whatever of it has been committed meanwhile.
    assert_eq!([1, 2, 3].map(|number| value(&ground, &store, number)), [Some(1), Some(2), None]);
    assert_eq!(second.wait().unwrap().height, 2);
    assert_eq!([1, 2, 3].map(|number| value(&ground, &store, number)), [Some(1), Some(2), None]);
    let third = pipeline.submit(&ground, write(1, 3)).unwrap();
    assert_eq!(third.wait().unwrap().parent, store.kept.lock().unwrap().blocks[1].hash());
}

#[test]
fn no_more_blocks_wait_than_were_allowed() {
    let (store, pipeline) = pipeline(1);
    store.set(|kept| kept.shut_from = Some(1));
    let first = submit(&pipeline, write(1, 1));
    let ground = pipeline.ground().unwrap();
    std::thread::scope(|scope| {
        let second = scope.spawn(|| {
            let second = pipeline.submit(&ground, write(2, 2)).unwrap();
            assert_eq!(store.heights(), [1], "the first had to go before the second came");
            second
        });
        // The second stays in the line: what is looked at when it has come is the first alone.
        store.set(|kept| kept.shut_from = Some(2));
        first.wait().unwrap();
        let second = second.join();
        store.set(|kept| kept.shut_from = None);
        assert_eq!(second.unwrap().wait().unwrap().height, 2);
    });
}

#[test]
fn a_block_that_fails_takes_with_it_what_was_built_on_it() {
    let (store, pipeline) = pipeline(3);
    store.set(|kept| {
        kept.shut_from = Some(1);
        kept.failing.insert(2);
    });
    let tickets = [1, 2, 3].map(|number| submit(&pipeline, write(number, number)));
    let ground = pipeline.ground().unwrap();
    store.set(|kept| kept.shut_from = None);
    let [first, second, third] = tickets.map(Ticket::wait);
    assert_eq!(first.unwrap().height, 1);
    assert_eq!(text(second), "storage: the disk is full");
    assert_eq!(text(third), "block 3 was built on a block that could not be committed");
    assert_eq!(
        text(pipeline.submit(&ground, write(4, 4)).map(|ticket| ticket.height())),
        "block 4 was built on a block that could not be committed"
    );

    // It goes on where it is durable.
    let ground = pipeline.ground().unwrap();
    assert_eq!(ground.height(), 2);
    assert_eq!([1, 2, 3].map(|number| value(&ground, &store, number)), [Some(1), None, None]);
    assert_eq!(pipeline.submit(&ground, write(5, 5)).unwrap().wait().unwrap().height, 2);
    assert_eq!(store.heights(), [1, 2]);
}

#[test]
fn without_blocks_that_wait_a_block_is_durable_when_it_is_submitted() {
    let (store, pipeline) = pipeline(0);
    let ticket = submit(&pipeline, write(1, 1));
    assert_eq!(store.heights(), [1]);
    assert_eq!(ticket.wait().unwrap().height, 1);
    store.set(|kept| kept.failing = BTreeSet::from([2]));
    assert_eq!(text(submit(&pipeline, write(2, 2)).wait()), "storage: the disk is full");
    assert_eq!(submit(&pipeline, write(3, 3)).wait().unwrap().height, 2);
}

#[test]
fn a_ground_bears_one_block() {
    for ahead in [0, 2] {
        let (store, pipeline) = pipeline(ahead);
        store.set(|kept| kept.shut_from = (ahead > 0).then_some(1));
        let ground = pipeline.ground().unwrap();
        let first = pipeline.submit(&ground, write(1, 1)).unwrap();
        let again = pipeline.submit(&ground, write(2, 2)).and_then(|ticket| {
            store.set(|kept| kept.shut_from = None);
            ticket.wait()
        });
        assert_eq!(text(again), "the state moved on: the block was built on height 0, the newest is 1");
        store.set(|kept| kept.shut_from = None);
        assert_eq!(first.wait().unwrap().height, 1);
    }
}

#[test]
fn what_somebody_else_commits_is_noticed() {
    let (store, pipeline) = pipeline(2);
    let ground = pipeline.ground().unwrap();
    store.append(BlockDraft::on(None)).unwrap();
    let stale = "the state moved on: the block was built on height 0, the newest is 1";
    assert_eq!(text(ground.view(&*store).map(|_| ())), stale);
    assert_eq!(text(pipeline.submit(&ground, write(1, 1)).unwrap().wait()), stale);
    assert_eq!(submit(&pipeline, write(1, 1)).wait().unwrap().height, 2);
}

#[test]
fn what_was_submitted_is_committed_before_the_pipeline_goes() {
    let (store, pipeline) = pipeline(4);
    let tickets: Vec<_> = (1..=3).map(|number| submit(&pipeline, write(number, number))).collect();
    drop(pipeline);
    assert_eq!(store.heights(), [1, 2, 3]);
    assert!(tickets.into_iter().all(|ticket| ticket.wait().is_ok()));
}

#[test]
fn a_store_that_panics_leaves_nobody_waiting() {
    let (store, pipeline) = pipeline(2);
    store.set(|kept| (kept.shut_from, kept.panics) = (Some(1), true));
    let (first, second) = (submit(&pipeline, write(1, 1)), submit(&pipeline, write(2, 2)));
    store.set(|kept| kept.shut_from = None);
    assert_eq!(text(first.wait()), "engine: the store panicked when it committed a block");
    assert!(second.wait().is_err());
    let refused = pipeline.submit(&pipeline.ground().unwrap(), write(3, 3));
    assert_eq!(text(refused.map(|ticket| ticket.height())), "engine: the store panicked when it committed a block");
    pipeline.settle();
}

proptest! {
    #[test]
    fn what_is_kept_is_what_was_acknowledged(
        blocks in prop::collection::vec(prop::collection::btree_map(0_u8..6, prop::option::of(any::<u8>()), 0..4), 0..30),
        failing in prop::collection::btree_set(1_u64..20, 0..4),
        ahead in 0_usize..4,
    ) {
        let (store, pipeline) = pipeline(ahead);
        store.set(|kept| kept.failing = failing);
        let mut tickets = Vec::new();
        for block in blocks {
            let write = |(number, value): (u8, Option<u8>)| (key(number), value.map(|value| vec![value]));
            let writes: Vec<Write> = block.into_iter().map(write).collect();
            let ground = pipeline.ground().unwrap();
            // What a block writes depends on what it sees: a sum of everything before.
            let view = ground.view(&*store);
            let Ok(view) = view else { continue };
            let sum = (0..6).filter_map(|number| view.get(&key(number)).unwrap()).fold(0_u8, |sum, value| sum ^ value[0]);
            let writes: Vec<Write> =
                writes.into_iter().map(|(key, value)| (key, value.map(|value| vec![value[0] ^ sum]))).collect();
            let draft = BlockDraft { writes: writes.clone(), ..BlockDraft::default() };
            match pipeline.submit(&ground, draft) {
                Ok(ticket) => tickets.push((ticket, sum, writes)),
                Err(HostFault::ParentFailed { .. }) => {}
                Err(fault) => panic!("{fault}"),
            }
        }
        let mut expected = State::new();
        let mut heights = Vec::new();
        for (ticket, sum, writes) in tickets {
            match ticket.wait() {
                Ok(header) => {
                    let seen = expected.values().fold(0_u8, |sum, value| sum ^ value[0]);
                    prop_assert_eq!(seen, sum, "it saw the blocks before it, and no others");
                    expected = apply(expected, writes);
                    heights.push(header.height);
                }
                Err(HostFault::ParentFailed { .. } | HostFault::Storage(_)) => {}
                Err(fault) => panic!("{fault}"),
            }
        }
        prop_assert_eq!(store.heights(), heights);
        prop_assert_eq!(store.state(), expected);
    }
}
