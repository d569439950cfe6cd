//! `poll_oneoff`: a sleep returns at once, and the clocks have moved.

use std::mem::{offset_of, size_of};

use wasmer_wasix_types::wasi::{Clockid, Errno, Event, Eventtype, Subclockflags, Subscription, SubscriptionClock};

use super::number;
use crate::host::{Cx, Stop};

/// Most subscriptions of one call.
const MAX_SUBSCRIPTIONS: u32 = 64;

/// Where the clock part of a subscription starts.
const CLOCK: usize = offset_of!(Subscription, data);

/// What a subscription waits for.
struct Wait {
    userdata: [u8; 8],
    kind: u8,
    /// How long to wait from now, in nanoseconds; 0 for anything but a clock.
    wait_ns: u64,
    errno: Errno,
}

pub(super) fn poll_oneoff(
    cx: &mut Cx<'_>,
    subscriptions: u32,
    events: u32,
    count: u32,
    filled: u32,
) -> Result<Errno, Stop> {
    if count == 0 || count > MAX_SUBSCRIPTIONS {
        return Ok(Errno::Inval);
    }
    let size = size_of::<Subscription>();
    let records = cx.read(subscriptions, count * size as u32, ("subscriptions", size * MAX_SUBSCRIPTIONS as usize))?;
    let waits: Vec<Wait> = records.chunks_exact(size).map(|record| wait(cx, record)).collect();
    let shortest_ns = waits.iter().map(|wait| wait.wait_ns).min().unwrap_or(0);
    cx.host.wasi.sleep(shortest_ns);

    let mut written = 0_u32;
    for wait in waits.iter().filter(|wait| wait.wait_ns <= shortest_ns) {
        let at = events.checked_add(written * size_of::<Event>() as u32);
        cx.write(at.unwrap_or(u32::MAX), &event(wait))?;
        written += 1;
    }
    cx.write(filled, &written.to_le_bytes())?;
    Ok(Errno::Success)
}

fn wait(cx: &Cx<'_>, record: &[u8]) -> Wait {
    let mut userdata = [0; 8];
    userdata.copy_from_slice(&record[offset_of!(Subscription, userdata)..][..8]);
    let kind = record[offset_of!(Subscription, type_)];
    if kind != Eventtype::Clock as u8 {
        return Wait { userdata, kind, wait_ns: 0, errno: Errno::Badf };
    }
    let clock = number(record, CLOCK + offset_of!(SubscriptionClock, clock_id), 4);
    let timeout_ns = number(record, CLOCK + offset_of!(SubscriptionClock, timeout), 8);
    let flags = number(record, CLOCK + offset_of!(SubscriptionClock, flags), 2);
    let absolute = flags & u64::from(Subclockflags::SUBSCRIPTION_CLOCK_ABSTIME.bits()) != 0;
    let now_ns = match clock {
        id if id == Clockid::Realtime as u64 => cx.host.wasi.wall_ns(),
        id if id == Clockid::Monotonic as u64 => cx.host.wasi.monotonic_ns(),
        _ => return Wait { userdata, kind, wait_ns: 0, errno: Errno::Inval },
    };
    let wait_ns = if absolute { timeout_ns.saturating_sub(now_ns) } else { timeout_ns };
    Wait { userdata, kind, wait_ns, errno: Errno::Success }
}

fn event(wait: &Wait) -> [u8; size_of::<Event>()] {
    let mut event = [0; size_of::<Event>()];
    event[offset_of!(Event, userdata)..][..8].copy_from_slice(&wait.userdata);
    event[offset_of!(Event, error)..][..2].copy_from_slice(&(wait.errno as u16).to_le_bytes());
    event[offset_of!(Event, type_)] = wait.kind;
    event
}
