//! What functions cost: read from the engines of a test run, shown as a table, kept as a snapshot, compared.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use crate::failure::Failure;
use crate::output::grouped;

/// The first line of a snapshot, before the version of Go that it was made with.
const HEADING: &str = "govm gas, Go ";

/// What successful calls of functions cost.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Costs(BTreeMap<Function, Cost>);

/// The contract's name and the function's.
type Function = (String, String);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cost {
    calls: u64,
    min_gas: u64,
    median_gas: u64,
    max_gas: u64,
}

impl Costs {
    /// What the engines of a run wrote down.
    pub(super) fn read(folder: &Path) -> Result<Self, Failure> {
        let failed = |error: std::io::Error| Failure::host(format!("cannot read what calls cost: {error}"));
        let mut calls: BTreeMap<Function, Vec<u64>> = BTreeMap::new();
        for entry in std::fs::read_dir(folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            if path.extension().is_none_or(|extension| extension != "gas") {
                continue;
            }
            for line in std::fs::read_to_string(path).map_err(failed)?.lines() {
                let [contract, function, gas] = line.split('\t').collect::<Vec<_>>()[..] else { continue };
                let Ok(gas) = gas.parse() else { continue };
                calls.entry((contract.to_owned(), function.to_owned())).or_default().push(gas);
            }
        }
        Ok(Self(calls.into_iter().filter_map(|(function, gas)| Some((function, Cost::of(gas)?))).collect()))
    }

    /// For people.
    pub(super) fn table(&self) -> String {
        let mut rows = vec![["contract", "function", "calls", "min", "median", "max"].map(str::to_owned)];
        for ((contract, function), cost) in &self.0 {
            let [calls, min, median, max] = cost.numbers().map(grouped);
            rows.push([contract.clone(), function.clone(), calls, min, median, max]);
        }
        let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
        let widths: Vec<_> = (0..6).map(width).collect();
        let line = |row: &[String; 6]| {
            let left = (0..2).map(|at| format!("{:<1$}", row[at], widths[at]));
            let right = (2..6).map(|at| format!("{:>1$}", row[at], widths[at]));
            left.chain(right).collect::<Vec<_>>().join("  ")
        };
        rows.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    pub(super) fn to_json(&self) -> Value {
        let row = |((contract, function), cost): (&Function, &Cost)| {
            let Cost { calls, min_gas, median_gas, max_gas } = cost;
            json!({ "contract": contract, "function": function, "calls": calls,
                "min_gas": min_gas, "median_gas": median_gas, "max_gas": max_gas })
        };
        json!({ "gas": self.0.iter().map(row).collect::<Vec<_>>() })
    }

    /// The text of a snapshot: a heading, then a line for each function with calls, least, median and most gas.
    pub(super) fn to_snapshot(&self, go_version: &str) -> String {
        let mut text = format!("{HEADING}{go_version}\n");
        for ((contract, function), cost) in &self.0 {
            let [calls, min, median, max] = cost.numbers();
            text.push_str(&format!("{contract} {function} {calls} {min} {median} {max}\n"));
        }
        text
    }

    /// The version of Go and the costs of a snapshot.
    pub(super) fn from_snapshot(text: &str) -> Option<(String, Self)> {
        let mut lines = text.lines();
        let go_version = lines.next()?.strip_prefix(HEADING)?;
        let mut costs = BTreeMap::new();
        for line in lines {
            let [contract, function, calls, min, median, max] = line.split(' ').collect::<Vec<_>>()[..] else {
                return None;
            };
            let number = |text: &str| text.parse().ok();
            let cost = Cost {
                calls: number(calls)?,
                min_gas: number(min)?,
                median_gas: number(median)?,
                max_gas: number(max)?,
            };
            costs.insert((contract.to_owned(), function.to_owned()), cost);
        }
        Some((go_version.to_owned(), Self(costs)))
    }

    /// What differs from before, a line each.
    pub(super) fn changes(&self, before: &Self) -> Vec<String> {
        let mut lines = Vec::new();
        for (function, old) in &before.0 {
            let name = name(function);
            match self.0.get(function) {
                None => lines.push(format!("  {name}  is not called any more")),
                Some(new) => {
                    let labels = ["calls", "min", "median", "max"];
                    for ((label, old), new) in labels.iter().zip(old.numbers()).zip(new.numbers()) {
                        if old != new {
                            lines.push(format!(
                                "  {name}  {label}  {} -> {}  ({})",
                                grouped(old),
                                grouped(new),
                                percent(old, new)
                            ));
                        }
                    }
                }
            }
        }
        let added = self.0.keys().filter(|function| !before.0.contains_key(function));
        lines.extend(added.map(|function| format!("  {}  is new", name(function))));
        lines
    }
}

impl Cost {
    fn of(mut gas: Vec<u64>) -> Option<Self> {
        gas.sort_unstable();
        Some(Self {
            calls: gas.len() as u64,
            min_gas: *gas.first()?,
            // The lower one of the two in the middle: a median that some call did cost.
            median_gas: *gas.get((gas.len() - 1) / 2)?,
            max_gas: *gas.last()?,
        })
    }

    fn numbers(self) -> [u64; 4] {
        [self.calls, self.min_gas, self.median_gas, self.max_gas]
    }
}

fn name((contract, function): &Function) -> String {
    format!("{contract}.{function}")
}

/// A change in percent, with two decimals and its sign.
fn percent(old: u64, new: u64) -> String {
    if old == 0 {
        return "new".to_owned();
    }
    let hundredths = (i128::from(new) - i128::from(old)) * 10_000 / i128::from(old);
    let sign = if new < old { '-' } else { '+' };
    format!("{sign}{}.{:02} %", hundredths.abs() / 100, hundredths.abs() % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn costs(entries: &[(&str, &[u64])]) -> Costs {
        let entry =
            |(name, gas): &(&str, &[u64])| (("token".to_owned(), (*name).to_owned()), Cost::of(gas.to_vec()).unwrap());
        Costs(entries.iter().map(entry).collect())
    }

    #[test]
    fn a_snapshot_reads_as_it_was_written() {
        let written = costs(&[("Mint", &[5, 3, 4, 9]), ("Burn", &[7])]);
        let text = written.to_snapshot("1.26.8");
        assert_eq!(text, "govm gas, Go 1.26.8\ntoken Burn 1 7 7 7\ntoken Mint 4 3 4 9\n");
        assert_eq!(Costs::from_snapshot(&text), Some(("1.26.8".to_owned(), written)));
        for broken in ["", "govm gas", "govm gas, Go 1.26.8\ntoken Mint 4 3 4", "govm gas, Go 1\ntoken Mint 4 3 4 x"] {
            assert_eq!(Costs::from_snapshot(broken), None, "{broken:?}");
        }
    }

    #[test]
    fn every_change_is_told() {
        let before = costs(&[("Same", &[5]), ("Gone", &[5]), ("More", &[1_000, 2_000]), ("Less", &[3_000])]);
        let after = costs(&[("Same", &[5]), ("More", &[1_001, 2_000]), ("Less", &[1_999]), ("New", &[1])]);
        assert_eq!(before.changes(&before), [""; 0]);
        assert_eq!(
            after.changes(&before),
            [
                "  token.Gone  is not called any more",
                "  token.Less  min  3,000 -> 1,999  (-33.36 %)",
                "  token.Less  median  3,000 -> 1,999  (-33.36 %)",
                "  token.Less  max  3,000 -> 1,999  (-33.36 %)",
                "  token.More  min  1,000 -> 1,001  (+0.10 %)",
                "  token.More  median  1,000 -> 1,001  (+0.10 %)",
                "  token.New  is new",
            ]
        );
    }

    #[test]
    fn the_table_has_a_row_for_each_function() {
        let table = costs(&[("Mint", &[5_000, 3, 4])]).table();
        assert_eq!(
            table,
            "contract  function  calls  min  median    max\ntoken     Mint          3    3       4  5,000"
        );
    }
}
