//! What a unit of gas buys: nanoseconds for each gas, for every class of WebAssembly operators, every host function, memory,
//! storage and deployments. The prices in `src/gas.rs` are set from it; `docs/gas.md` has a run.
//!
//! `cargo bench -p govm-runtime --bench gas` prints the tables; a word after `--` picks the rows whose names contain it. The
//! last column of each table compares with the *reference*: the geometric mean over the ordinary kernels of `reference.rs`.
//! What is above [`MOST`] there could be used to stop a machine with less gas than ordinary work takes; such a row is marked.

#![allow(missing_docs, clippy::print_stdout, reason = "a benchmark prints its tables")]

#[path = "../support/bombs.rs"]
mod bombs;
mod contracts;
mod hosts;
mod operators;
mod pages;
mod reference;
mod wasm;

use std::time::Duration;

/// The most that a row may be cheaper than the reference.
const MOST: f64 = 4.0;

/// What was run, and what it took and cost.
struct Row {
    name: String,
    /// How many times the thing was done in `time` and for `gas`.
    times: u64,
    time: Duration,
    gas: u64,
}

impl Row {
    fn ns_per_gas(&self) -> f64 {
        self.time.as_nanos() as f64 / self.gas as f64
    }
}

/// A group of rows, measured one after the other.
struct Table {
    title: &'static str,
    rows: Vec<Row>,
}

/// Which rows are wanted: those whose names contain a word; all without one.
struct Wanted(Option<String>);

impl Wanted {
    fn has(&self, name: &str) -> bool {
        self.0.as_ref().is_none_or(|word| name.contains(word.as_str()))
    }
}

fn main() {
    let wanted = Wanted(std::env::args().skip(1).find(|word| !word.starts_with("--")));
    let reference = reference::kernels();
    let mean = (reference.iter().map(|row| row.ns_per_gas().ln()).sum::<f64>() / reference.len() as f64).exp();
    print(&Table { title: "reference kernels", rows: reference }, mean);
    println!("\nreference: {mean:.3} ns a gas (geometric mean)");
    let mut above = 0;
    for table in [operators::tables, hosts::tables, contracts::tables, pages::tables]
        .into_iter()
        .flat_map(|tables| tables(&wanted))
    {
        above += print(&table, mean);
    }
    println!("\n{above} rows above {MOST} times the reference");
}

/// Prints a table; how many of its rows are too cheap.
fn print(table: &Table, reference: f64) -> usize {
    if table.rows.is_empty() {
        return 0;
    }
    println!("\n{:<44} {:>14} {:>14} {:>10} {:>10}", table.title, "ns", "gas", "ns/gas", "times");
    let mut above = 0;
    for row in &table.rows {
        let times = row.ns_per_gas() / reference;
        let (ns, gas) = (row.time.as_nanos() as f64 / row.times as f64, row.gas as f64 / row.times as f64);
        let mark = if times > MOST { " !" } else { "" };
        above += usize::from(times > MOST);
        println!("{:<44} {ns:>14.1} {gas:>14.1} {:>10.3} {times:>10.2}{mark}", row.name, row.ns_per_gas());
    }
    above
}
