//! Modules that are deployed, called and displaced by others leave nothing behind in the process.
//!
//! `GOVM_SOAK=10000 cargo test --release -p govm-runtime --test soak -- --nocapture` runs as many cycles; without it there are a
//! few hundred.

#![cfg(target_os = "linux")]

mod support;

use govm_core::{Address, Call};
use govm_runtime::{Engine, EngineConfig};
use govm_state::MemoryStore;
use support::{ALICE, DEPLOY_GAS, call, contract, info};

/// How many cycles there are if nothing is said.
const CYCLES: u32 = 400;

/// How many contracts' code stays in memory: every cycle displaces one.
const LOADED: usize = 8;

/// How many times memory is looked at.
const SAMPLES: u32 = 20;

/// Resident memory and address space of this process, in bytes.
#[derive(Debug, Clone, Copy)]
struct Size {
    resident_bytes: u64,
    address_bytes: u64,
}

fn size() -> Size {
    let text = std::fs::read_to_string("/proc/self/status").unwrap();
    let kib = |name: &str| -> u64 {
        let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim_start_matches(':').trim().trim_end_matches(" kB").parse().unwrap()
    };
    Size { resident_bytes: kib("VmRSS") << 10, address_bytes: kib("VmSize") << 10 }
}

/// Deploys the module with a number and calls it twice, in a block that is given up.
fn cycle(engine: &Engine<MemoryStore>, number: u32) {
    let fields = format!(
        "(func $f0 (result i32) (i32.store (i32.const 0) (i32.const {number})) (drop (memory.grow (i32.const 2)))
            (i32.store (i32.const 100000) (i32.const 1))
            (i32.sub (i32.load (i32.const 0)) (i32.const {number})))"
    );
    let mut block = engine.begin_block(info()).unwrap();
    let deployed = block.deploy(ALICE, &contract(&["run"], "", &fields), DEPLOY_GAS).unwrap().receipt;
    let address = Address::from_slice(&deployed.output).expect("deployed");
    for sender in [ALICE, address] {
        let request = Call { sender, ..call(address, "run") };
        assert!(block.call(&request).unwrap().receipt.is_ok(), "module {number}");
    }
}

#[test]
#[allow(clippy::print_stdout, reason = "whoever runs many cycles wants to see them")]
fn displaced_modules_leave_no_memory_and_no_addresses_behind() {
    let cycles = std::env::var("GOVM_SOAK").map_or(CYCLES, |number| number.parse().expect("GOVM_SOAK is a number"));
    let config = EngineConfig { max_loaded: LOADED, max_idle_instances: LOADED, ..EngineConfig::default() };
    let engine = Engine::new(MemoryStore::new(), &config);
    let mut sizes = Vec::new();
    for number in 0..cycles {
        cycle(&engine, number);
        if (number + 1) % (cycles / SAMPLES).max(1) == 0 {
            engine.settle();
            let size = size();
            println!("{:>7} cycles: {:?}", number + 1, size);
            sizes.push(size);
        }
    }
    // What is reached after a quarter is the plateau: caches are full, the allocator has its pools.
    let plateau = sizes[sizes.len() / 4];
    let last = sizes[sizes.len() - 1];
    let growth = last.resident_bytes as f64 / plateau.resident_bytes as f64;
    assert!(growth <= 1.1, "resident memory grew {growth:.3} times: {sizes:?}");
    let most = plateau.address_bytes + plateau.address_bytes / 100;
    assert!(last.address_bytes <= most, "address space grew: {sizes:?}");
}
