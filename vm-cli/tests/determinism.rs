//! What Go leaves open (the order of goroutines, of ready channels, of a map, the moment of a timer) is the same in every run.

mod common;

use govm_codec::{Value, decode_results};
use govm_core::{Address, BlockInfo, Call};
use govm_runtime::{ContractInfo, Engine, EngineConfig, Executed};
use govm_state::MemoryStore;

use common::{GAS_LIMIT, SENDER};

const TIME_NS: i64 = 1_700_000_000_000_000_000;

struct World {
    engine: Engine<MemoryStore>,
    contract: ContractInfo,
}

impl World {
    /// A new engine without code of an earlier run.
    fn new(wasm: &[u8]) -> Self {
        let info = BlockInfo { time_ns: TIME_NS, ..BlockInfo::default() };
        let (engine, contract) = common::deployed(wasm, &EngineConfig::default(), info);
        Self { engine, contract }
    }

    fn query(&self, sender: Address, time_ns: i64) -> Executed {
        let call = Call {
            sender,
            contract: self.contract.address,
            function: "Everything".to_owned(),
            args: Vec::new(),
            value: 0,
            gas_limit: GAS_LIMIT,
        };
        let executed = self.engine.query(&call, time_ns).unwrap().executed;
        assert!(executed.receipt.is_ok(), "{:?}", executed.receipt.error());
        executed
    }

    /// What the contract answered.
    fn text(&self, executed: &Executed) -> String {
        let abi = &self.contract.abi;
        let (_, function) = abi.function("Everything").unwrap();
        match decode_results(abi, function, &executed.receipt.output).unwrap().remove(0) {
            Value::String(text) => text.to_string(),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn goroutines_channels_select_time_and_maps_repeat_a_thousand_times() {
    let wasm = common::build_in_process(&common::testdata("busy.go"));
    let world = World::new(&wasm);
    let first = world.query(SENDER, TIME_NS);
    for run in 1..1_000 {
        assert_eq!(world.query(SENDER, TIME_NS), first, "run {run}");
    }
    assert_eq!(World::new(&wasm).query(SENDER, TIME_NS), first, "another engine");

    let text = world.text(&first);
    // Ten sleepers of 10 to 1 ms wake the shortest first, ticks every 3 ms, and 20 ms have passed on the contract's clock.
    let times = text.lines().find_map(|line| line.strip_prefix("time: ")).unwrap();
    assert!(times.starts_with("2023-11-14T22:13:20Z 9 8 "), "{times}");
    assert!(times.ends_with("tick 20ms"), "{times}");
    assert_eq!(times.matches("tick").count(), 6, "{times}");
    // Go draws the seed of its orders while it initialises, which depends on the module alone: every caller sees the same.
    // Another block is another time.
    let other = world.text(&world.query(Address::from_bytes([0xb0; 20]), TIME_NS));
    assert_eq!(other, text);
    let line = |text: &str, name: &str| text.lines().find(|line| line.starts_with(name)).unwrap().to_owned();
    let reordered = |line: &str| line.split(' ').skip(1).map(str::to_owned).collect::<Vec<_>>();
    assert!(!reordered(&line(&text, "maps")).is_sorted(), "a map is not iterated in the order of its keys");
    let later = world.text(&world.query(SENDER, TIME_NS + 1_000_000_000));
    assert!(line(&later, "time").starts_with("time: 2023-11-14T22:13:21Z"), "{later}");
}
