//! `govm batch`: a file of calls, block by block.

mod lines;

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use govm_core::{BlockHeader, Ticket};
use govm_runtime::{BlockPipeline, EngineConfig, Executed, Item};
use govm_state::LmdbStore;
use serde_json::json;

use self::lines::Lines;
use super::block_info;
use crate::args::{self, Data};
use crate::failure::Failure;
use crate::output::{DIM, GOOD, Output, elapsed, grouped};
use crate::places;

/// Reads all of the file before anything is executed, so that a wrong line changes nothing.
pub(crate) fn run(args: &args::Batch, data: &Data, output: &Output) -> Result<(), Failure> {
    let total = output.during("checking the calls", || check(args, data))?;
    if total == 0 {
        return Err(Failure::usage(format!("there is no call in {}: each line is one", args.file.display())));
    }
    let config = EngineConfig { threads: args.threads.unwrap_or(0).into(), ..places::config(&data.dir) };
    let engine = places::write_with(data, &if args.sync { config.synchronous() } else { config })?;
    let mut lines = Lines::open(&args.file, &engine)?;
    let mut batch = Run { pipeline: engine.pipeline()?, waiting: VecDeque::new(), tally: Tally::default() };
    let start = Instant::now();
    output.counting("calls", |progress| -> Result<(), Failure> {
        loop {
            let items = lines.block(args.block_size)?;
            if items.is_empty() {
                return batch.acknowledge(0);
            }
            batch.block(&items)?;
            progress("executing", batch.tally.calls, total);
        }
    })?;
    batch.tally.report(start.elapsed(), output);
    Ok(())
}

/// How many calls there are, all of them well formed.
fn check(args: &args::Batch, data: &Data) -> Result<u64, Failure> {
    let engine = places::read(&data.dir)?;
    let mut lines = Lines::open(&args.file, &engine)?;
    let mut total = 0;
    while lines.next()?.is_some() {
        total += 1;
    }
    Ok(total)
}

/// Blocks on their way.
struct Run<'a> {
    pipeline: BlockPipeline<'a, LmdbStore>,
    waiting: VecDeque<Ticket<LmdbStore>>,
    tally: Tally,
}

impl Run<'_> {
    /// Executes a block and hands it over.
    fn block(&mut self, items: &[Item]) -> Result<(), Failure> {
        let start = Instant::now();
        let mut block = self.pipeline.begin_block(block_info())?;
        let executed = block.execute(items)?;
        let effort = block.effort();
        let handed_over = Instant::now();
        self.waiting.push_back(self.pipeline.submit(block)?);
        self.tally.executing += handed_over - start;
        self.tally.waiting += handed_over.elapsed();
        self.tally.parallel += effort.parallel as u64;
        self.tally.aborted += effort.aborted as u64;
        self.tally.blocks += 1;
        executed.iter().for_each(|executed| self.tally.count(executed));
        // One block is written while the next is executed; what is older is durable.
        self.acknowledge(1)
    }

    /// Waits until at most so many blocks are not durable.
    fn acknowledge(&mut self, not_durable: usize) -> Result<(), Failure> {
        let start = Instant::now();
        while self.waiting.len() > not_durable {
            let Some(ticket) = self.waiting.pop_front() else { break };
            let height = ticket.height();
            let header = ticket.wait().map_err(|fault| Failure::from(fault).within(&format!("block {height}")))?;
            self.tally.newest = Some(header);
        }
        self.tally.waiting += start.elapsed();
        Ok(())
    }
}

/// What came of it.
#[derive(Default)]
struct Tally {
    blocks: u64,
    calls: u64,
    /// Failed calls by the name of their code.
    failed: BTreeMap<&'static str, u64>,
    gas_used: u64,
    /// Calls that were executed beside others.
    parallel: u64,
    /// Attempts at calls that were in vain.
    aborted: u64,
    executing: Duration,
    /// Time in which nothing was executed, since the disk was behind.
    waiting: Duration,
    /// The newest block that is durable.
    newest: Option<BlockHeader>,
}

impl Tally {
    fn count(&mut self, executed: &Executed) {
        self.calls += 1;
        self.gas_used += executed.receipt.gas_used;
        if let Some(error) = executed.receipt.error() {
            *self.failed.entry(error.code.name()).or_default() += 1;
        }
    }

    fn report(&self, took: Duration, output: &Output) {
        let per_second = |count: u64| (count as f64 / took.as_secs_f64().max(1e-9)).round() as u64;
        let failed: u64 = self.failed.values().sum();
        let (height, root) = self.newest.as_ref().map(|header| (header.height, header.state_root)).unwrap_or_default();
        let json = json!({
            "height": height, "state_root": root, "blocks": self.blocks, "calls": self.calls, "failed": failed,
            "failures": self.failed, "gas_used": self.gas_used, "calls_per_second": per_second(self.calls),
            "gas_per_second": per_second(self.gas_used), "parallel": self.parallel, "conflicts": self.aborted,
            "elapsed_ms": took.as_millis() as u64, "executing_ms": self.executing.as_millis() as u64,
            "waiting_for_commits_ms": self.waiting.as_millis() as u64,
        });
        let codes = self.failed.iter().map(|(code, count)| format!("{} {code}", grouped(*count)));
        let failures = match codes.collect::<Vec<_>>().join(", ") {
            none if none.is_empty() => String::new(),
            codes => format!("\n  failed     {codes}"),
        };
        output.result(
            &json,
            format!(
                "{GOOD}executed{GOOD:#} {} calls in {} blocks  {DIM}{}, {} calls/s, {} gas/s{DIM:#}{failures}\n  \
             conflicts  {} of {} parallel calls\n  commits    {} waited for, {} executing\n  block      {height}\n  \
             state root {root}",
                grouped(self.calls),
                grouped(self.blocks),
                elapsed(took),
                grouped(per_second(self.calls)),
                grouped(per_second(self.gas_used)),
                grouped(self.aborted),
                grouped(self.parallel),
                elapsed(self.waiting),
                elapsed(self.executing),
            ),
        );
    }
}
