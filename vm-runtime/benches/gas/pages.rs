//! Calls that write to the memory that their module starts with, in every order that could make putting it back dear: the
//! same pages, other pages each time, all of them now and then.

use super::contracts::{World, function_name};
use crate::{Row, Table, Wanted};

/// The pages of the system's memory in one of WebAssembly's.
const PARTS: u32 = 16;

/// What a call writes, of a memory of some pages (64 KiB).
#[derive(Clone, Copy)]
enum Written {
    Nothing,
    /// A byte of each part that is in a residue class.
    Every {
        step: u32,
        of: u32,
    },
    /// A byte of each of some parts.
    Some {
        first: u32,
        count: u32,
    },
}

impl Written {
    fn body(self, pages: u32) -> String {
        let parts = pages * PARTS;
        let (first, step, end) = match self {
            Self::Nothing => return String::new(),
            Self::Every { step, of } => (of, step, parts),
            Self::Some { first, count } => (first % parts, 1, (first % parts + count).min(parts)),
        };
        format!(
            "(local $at i32) (local.set $at (i32.const {}))
             (loop $next (i32.store8 (local.get $at) (i32.const 1))
                (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const {}))) (i32.const {}))))",
            first * 4096,
            step * 4096,
            end * 4096
        )
    }
}

const ALL: Written = Written::Every { step: 1, of: 0 };

/// The name of a row, and what each of its calls writes, in turn.
fn patterns() -> Vec<(&'static str, Vec<Written>)> {
    let and_nothing = |calls: usize| [vec![ALL], vec![Written::Nothing; calls]].concat();
    vec![
        ("each written by each call", vec![ALL]),
        ("each written by 1 call of 8", and_nothing(7)),
        ("each written by 1 call of 32", and_nothing(31)),
        ("each written by 1 call of 128", and_nothing(127)),
        ("halves in turn", vec![Written::Every { step: 2, of: 0 }, Written::Every { step: 2, of: 1 }]),
        ("tenths in turn", (0..10).map(|of| Written::Every { step: 10, of }).collect()),
        ("31 parts in turn", (0..40).map(|at| Written::Some { first: at * 31, count: 31 }).collect()),
        ("100 parts in turn", (0..20).map(|at| Written::Some { first: at * 100, count: 100 }).collect()),
        ("one part in turn", (0..200).map(|at| Written::Some { first: at * 5, count: 1 }).collect()),
    ]
}

fn row(name: &str, pages: u32, pattern: &[Written]) -> Row {
    let functions: Vec<String> =
        pattern.iter().enumerate().map(|(at, written)| format!("(func $f{at} {})", written.body(pages))).collect();
    let world = World::of(&functions, pages);
    let calls: Vec<_> = (0..pattern.len()).map(|at| world.bare_request(&function_name(at), &[])).collect();
    // The mean, since what one call leaves undone another one pays for; the best of a few, since the machine has other work.
    let measure = |times: usize| {
        let (time, gas) = world.in_a_block(calls.iter().cycle().take(times));
        Row { name: name.to_owned(), times: times as u64, time, gas }
    };
    let times = if pages > 500 { 256 } else { 2_048 };
    (0..3).map(|_| measure(times)).min_by_key(|row| row.time).expect("rounds")
}

pub(crate) fn tables(wanted: &Wanted) -> Vec<Table> {
    let mut rows = Vec::new();
    for pages in [4, 40, 48, 64, 128, 1_000] {
        for (name, pattern) in patterns() {
            let name = format!("{pages} pages, {name}");
            if wanted.has(&name) {
                rows.push(row(&name, pages, &pattern));
            }
        }
    }
    vec![Table { title: "pages of the start", rows }]
}
