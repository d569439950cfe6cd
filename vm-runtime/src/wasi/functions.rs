//! The WASI functions but `poll_oneoff`.

use std::mem::{offset_of, size_of};

use govm_core::ErrorCode;
use wasmer::Memory32;
use wasmer_wasix_types::types::__wasi_ciovec_t;
use wasmer_wasix_types::wasi::{Clockid, Errno, Fdflags, Fdstat, Filetype, Rights};

use super::number;
use crate::gas::{PIECE_GAS, RANDOM_GAS_PER_BYTE};
use crate::host::{Cx, Stop};

type Answer = Result<Errno, Stop>;
type Ciovec = __wasi_ciovec_t<Memory32>;

/// Most pieces of one `fd_write`: more is no honest program.
const MAX_IOVECS: u32 = 1024;

/// Most bytes of one `random_get` or one piece of `fd_write`.
const MAX_TRANSFER_BYTES: usize = 1 << 20;

/// The three standard streams are the only descriptors.
fn is_stream(fd: u32) -> bool {
    fd <= 2
}

pub(super) fn args_get(_: &mut Cx<'_>, _argv: u32, _buf: u32) -> Answer {
    Ok(Errno::Success)
}

pub(super) fn args_sizes_get(cx: &mut Cx<'_>, count: u32, size: u32) -> Answer {
    cx.write(count, &0_u32.to_le_bytes())?;
    cx.write(size, &0_u32.to_le_bytes())?;
    Ok(Errno::Success)
}

pub(super) fn environ_get(cx: &mut Cx<'_>, environ: u32, buf: u32) -> Answer {
    args_get(cx, environ, buf)
}

pub(super) fn environ_sizes_get(cx: &mut Cx<'_>, count: u32, size: u32) -> Answer {
    args_sizes_get(cx, count, size)
}

pub(super) fn clock_res_get(cx: &mut Cx<'_>, _clock: u32, dst: u32) -> Answer {
    cx.write(dst, &1_u64.to_le_bytes())?;
    Ok(Errno::Success)
}

pub(super) fn clock_time_get(cx: &mut Cx<'_>, clock: u32, _precision: u64, dst: u32) -> Answer {
    let now_ns = match clock {
        id if id == Clockid::Realtime as u32 => cx.host.wasi.wall_ns(),
        id if id == Clockid::Monotonic as u32 => cx.host.wasi.monotonic_ns(),
        _ => return Ok(Errno::Inval),
    };
    cx.write(dst, &now_ns.to_le_bytes())?;
    Ok(Errno::Success)
}

pub(super) fn fd_close(_: &mut Cx<'_>, fd: u32) -> Answer {
    Ok(if is_stream(fd) { Errno::Notsup } else { Errno::Badf })
}

pub(super) fn fd_fdstat_get(cx: &mut Cx<'_>, fd: u32, dst: u32) -> Answer {
    if !is_stream(fd) {
        return Ok(Errno::Badf);
    }
    let mut stat = [0; size_of::<Fdstat>()];
    stat[offset_of!(Fdstat, fs_filetype)] = Filetype::CharacterDevice as u8;
    let flags = offset_of!(Fdstat, fs_flags);
    stat[flags..flags + 2].copy_from_slice(&Fdflags::APPEND.bits().to_le_bytes());
    let rights = offset_of!(Fdstat, fs_rights_base);
    stat[rights..rights + 8].copy_from_slice(&Rights::FD_WRITE.bits().to_le_bytes());
    cx.write(dst, &stat)?;
    Ok(Errno::Success)
}

pub(super) fn fd_fdstat_set_flags(_: &mut Cx<'_>, fd: u32, _flags: u32) -> Answer {
    Ok(if is_stream(fd) { Errno::Success } else { Errno::Badf })
}

pub(super) fn fd_prestat_get(_: &mut Cx<'_>, _fd: u32, _dst: u32) -> Answer {
    Ok(Errno::Badf)
}

pub(super) fn fd_prestat_dir_name(_: &mut Cx<'_>, _fd: u32, _path: u32, _path_len: u32) -> Answer {
    Ok(Errno::Badf)
}

/// Standard input is at its end. Go links this into whatever reads from an `io.Reader` beside package `os`.
pub(super) fn fd_read(cx: &mut Cx<'_>, fd: u32, _iovs: u32, _count: u32, read: u32) -> Answer {
    if fd != 0 {
        return Ok(Errno::Badf);
    }
    cx.write(read, &0_u32.to_le_bytes())?;
    Ok(Errno::Success)
}

pub(super) fn fd_write(cx: &mut Cx<'_>, fd: u32, iovs: u32, count: u32, written: u32) -> Answer {
    if fd != 1 && fd != 2 {
        return Ok(Errno::Badf);
    }
    if count > MAX_IOVECS {
        return Ok(Errno::Inval);
    }
    let list = cx.read(iovs, count * size_of::<Ciovec>() as u32, ("iovecs", MAX_TRANSFER_BYTES))?;
    let mut total = 0_u32;
    for piece in list.chunks_exact(size_of::<Ciovec>()) {
        let word = |offset| number(piece, offset, size_of::<u32>()) as u32;
        cx.charge(PIECE_GAS)?;
        let (ptr, len) = (word(offset_of!(Ciovec, buf)), word(offset_of!(Ciovec, buf_len)));
        let bytes = cx.read(ptr, len, ("output", MAX_TRANSFER_BYTES))?;
        cx.host.wasi.write_trace(&bytes);
        total = total.saturating_add(len);
    }
    cx.write(written, &total.to_le_bytes())?;
    Ok(Errno::Success)
}

pub(super) fn proc_exit(_: &mut Cx<'_>, code: u32) -> Answer {
    Err(Stop::end(ErrorCode::Exited, format!("the contract's runtime ended with exit code {}", code as i32)))
}

pub(super) fn random_get(cx: &mut Cx<'_>, buf: u32, len: u32) -> Answer {
    if len as usize > MAX_TRANSFER_BYTES {
        return Ok(Errno::Inval);
    }
    cx.charge(u64::from(len) * RANDOM_GAS_PER_BYTE)?;
    let mut bytes = vec![0; len as usize];
    cx.host.wasi.fill_random(&mut bytes);
    cx.write(buf, &bytes)?;
    Ok(Errno::Success)
}

pub(super) fn sched_yield(_: &mut Cx<'_>) -> Answer {
    Ok(Errno::Success)
}
