//! What restoring by pages is for: only what calls write is put back, and no order of writes makes that dear.

use super::*;

const PAGE: usize = 4096;

/// The bytes of a memory of 16 pages of WebAssembly.
const ALL: std::ops::Range<usize> = 0..16 << 16;

fn touching(pages: &[usize]) -> String {
    pages.iter().map(|page| format!("(i32.store (i32.const {}) (i32.const 1))", page * PAGE)).collect()
}

#[test]
fn tracking_is_available_where_the_tests_run() {
    assert_eq!(Way::best(), Way::Pages);
}

/// The bytes in a range of addresses that are no shared pages of the image: what the instance wrote.
fn private_bytes(range: &std::ops::Range<usize>) -> usize {
    let maps = std::fs::read_to_string("/proc/self/smaps").unwrap();
    let (mut inside, mut kib) = (false, 0);
    for line in maps.lines() {
        let mut words = line.split_ascii_whitespace();
        let first = words.next().unwrap();
        if let Some((start, end)) = first.split_once('-') {
            let bounds = (usize::from_str_radix(start, 16), usize::from_str_radix(end, 16));
            inside = matches!(bounds, (Ok(start), Ok(end)) if range.start <= start && end <= range.end);
        } else if inside && first == "Anonymous:" {
            kib += words.next().unwrap().parse::<usize>().unwrap();
        }
    }
    kib << 10
}

#[test]
fn an_idle_instance_of_a_go_contract_holds_less_than_a_mebibyte() {
    let compiled = compiled(crate::go::counter());
    let (mut instance, snapshot) = first(&compiled, Way::Pages);
    let requests: Vec<Request> = (0..5).map(|function| (function, vec![0; 32], 100_000_000)).collect();
    for request in requests.iter().chain(&requests) {
        run(&mut instance, request);
        assert!(instance.restore(&snapshot).unwrap());
    }
    let held = private_bytes(&instance.body().tracked().addresses());
    assert!(held > 0 && held < 1 << 20, "{held} bytes");
    let learnt: usize = instance.body().tracked().open_ranges().iter().map(ExactSizeIterator::len).sum();
    assert!(learnt > 0 && learnt <= held, "{learnt} bytes are copied back, {held} are held");
}

#[test]
fn a_page_that_is_not_put_back_is_noticed() {
    let pages = [0, 9, 40, 79];
    let compiled = compiled(&module(MEMORY, &[touching(&pages)]));
    for skipped in pages {
        let (mut instance, snapshot) = first(&compiled, Way::Pages);
        let start = state(&instance);
        for _ in 0..2 {
            run(&mut instance, &requests(1)[0]);
            assert!(instance.restore(&snapshot).unwrap());
            assert_eq!(state(&instance), start);
        }
        instance.body().tracked().skip(skipped * PAGE);
        run(&mut instance, &requests(1)[0]);
        assert!(instance.restore(&snapshot).unwrap());
        assert_ne!(state(&instance), start, "page {skipped} was not put back");
    }
}

#[test]
fn what_one_instance_learns_serves_the_others() {
    let compiled = compiled(&module(MEMORY, &[touching(&[1, 2, 40])]));
    let (mut one, snapshot) = first(&compiled, Way::Pages);
    let mut before = Instance::of(&compiled, Way::Pages, &snapshot).unwrap();
    assert_eq!(one.body().tracked().open_ranges().len(), 0);
    run(&mut one, &requests(1)[0]);
    assert!(one.restore(&snapshot).unwrap());
    let expected = [PAGE..3 * PAGE, 40 * PAGE..41 * PAGE];
    assert_eq!(*one.body().tracked().open_ranges(), expected);
    let mut after = Instance::of(&compiled, Way::Pages, &snapshot).unwrap();
    assert_eq!(*after.body().tracked().open_ranges(), expected, "an instance that is made later");
    assert!(before.restore(&snapshot).unwrap());
    assert_eq!(*before.body().tracked().open_ranges(), expected, "one that was there, with its next call");
}

#[test]
fn a_call_that_writes_too_much_does_not_crowd_out_the_others() {
    let fields = r#"(memory (export "memory") 64) (func (export "_initialize"))"#;
    let all = "(memory.fill (i32.const 0) (i32.const 1) (i32.const 4194304))".to_owned();
    let compiled = compiled(&module(fields, &[touching(&[5]), all]));
    let (mut instance, snapshot) = first(&compiled, Way::Pages);
    for request in [0, 1, 0, 1] {
        run(&mut instance, &requests(2)[request]);
        assert!(instance.restore(&snapshot).unwrap());
        assert_eq!(&*instance.body().tracked().open_ranges(), std::slice::from_ref(&(5 * PAGE..6 * PAGE)));
    }
}

#[test]
fn an_instance_may_be_used_by_one_thread_after_the_other() {
    let compiled = Arc::new(compiled(&module(MEMORY, &[touching(&[3, 70]) + "unreachable", touching(&[4])])));
    let (instance, snapshot) = first(&compiled, Way::Pages);
    let start = state(&instance);
    let mut parked = crate::restore::Parked::park(instance);
    for round in 0..4 {
        let snapshot = Arc::clone(&snapshot);
        let thread = std::thread::spawn(move || {
            let mut instance = parked.take_up();
            run(&mut instance, &requests(2)[round % 2]);
            assert!(instance.restore(&snapshot).unwrap());
            assert_eq!(state(&instance), start);
            crate::restore::Parked::park(instance)
        });
        parked = thread.join().unwrap();
    }
}

/// A module that writes everywhere used to have its pages caught and mapped anew by each call, 3.4 ms for 64 pages of
/// WebAssembly. Its pages now stay open; what it costs is a copy of its memory.
#[test]
fn a_module_whose_calls_write_everywhere_is_copied_whole() {
    let fields = r#"(memory (export "memory") 16) (func (export "_initialize"))"#;
    let all = "(memory.fill (i32.const 0) (i32.const 1) (i32.const 1048576))".to_owned();
    let compiled = compiled(&module(fields, &[touching(&[5]), all]));
    let (mut instance, snapshot) = first(&compiled, Way::Pages);
    let start = state(&instance);
    let mut call = |function: usize| {
        run(&mut instance, &requests(2)[function]);
        assert!(instance.restore(&snapshot).unwrap());
        assert_eq!(state(&instance), start);
        instance.body().tracked().open_ranges().to_vec()
    };
    let (nothing, whole) = (Vec::new(), vec![ALL]);
    assert_eq!([call(1), call(1), call(1)], [nothing.clone(), nothing.clone(), whole.clone()]);
    for round in 1..1_024 {
        assert_eq!(call(round % 2), whole, "round {round}");
    }
    // It is tried again whether that is still needed, and one call is enough to show that it is.
    assert_eq!([call(0), call(1), call(0)], [nothing, whole.clone(), whole]);
}

/// The counter's first call wrote 35 pages and all further ones changed 12 of them, but 35 were copied back each time, which
/// was half of what a call took.
#[test]
fn pages_that_calls_leave_as_they_were_are_forgotten_once() {
    let same = format!("(i32.store (i32.const {}) (i32.const 0))", 60 * PAGE);
    let compiled = compiled(&module(MEMORY, &[touching(&[1, 40]), touching(&[1]) + &same]));
    let (mut instance, snapshot) = first(&compiled, Way::Pages);
    let start = state(&instance);
    let mut calls = |function: usize, calls: usize| {
        for _ in 0..calls {
            run(&mut instance, &requests(2)[function]);
            assert!(instance.restore(&snapshot).unwrap());
            assert_eq!(state(&instance), start);
        }
        let ranges = instance.body().tracked().open_ranges().to_vec();
        ranges.into_iter().flat_map(|range| range.step_by(PAGE)).map(|at| at / PAGE).collect::<Vec<_>>()
    };
    assert_eq!(calls(0, 1), [1, 40]);
    assert_eq!(calls(1, 1), [1, 40, 60]);
    assert_eq!(calls(1, 63), [1, 40, 60], "not enough was seen yet");
    assert_eq!(calls(1, 1), [1], "no call changed the others");
    // What is written after all comes back and stays, even if it is the same that is written.
    assert_eq!(calls(1, 1), [1, 60]);
    assert_eq!(calls(1, 200), [1, 60]);
    assert_eq!(calls(0, 1), [1, 40, 60]);
    assert_eq!(calls(1, 200), [1, 40, 60]);
}

#[test]
fn writing_other_pages_each_time_ends_with_all_pages_open() {
    let fields = r#"(memory (export "memory") 16) (func (export "_initialize"))"#;
    let functions: Vec<String> = (0..8).map(|at| touching(&(at * 31..(at + 1) * 31).collect::<Vec<_>>())).collect();
    let compiled = compiled(&module(fields, &functions));
    let (mut instance, snapshot) = first(&compiled, Way::Pages);
    let start = state(&instance);
    let mut calls = 0;
    while *instance.body().tracked().open_ranges() != [ALL] {
        assert!(calls < 100, "all pages are open after a while");
        run(&mut instance, &requests(8)[calls % 8]);
        assert!(instance.restore(&snapshot).unwrap());
        assert_eq!(state(&instance), start, "call {calls}");
        calls += 1;
    }
}

#[test]
fn a_page_that_was_caught_stays_the_instances_own() {
    let compiled = compiled(&module(MEMORY, &[touching(&[1, 20]), touching(&[40])]));
    let (mut instance, snapshot) = first(&compiled, Way::Pages);
    let addresses = instance.body().tracked().addresses();
    for (function, pages) in [(0, 2), (1, 3), (0, 3)] {
        run(&mut instance, &requests(2)[function]);
        assert!(instance.restore(&snapshot).unwrap());
        assert_eq!(private_bytes(&addresses), pages * PAGE, "nothing was mapped anew");
    }
}
