//! The stack of a Go panic, read from the memory of the module.
//!
//! Go's runtime can print the stack of a panic, and to let it do so would cost every contract bytes, and every call that
//! panics gas. Its tables are in the module anyway, for its garbage collector walks stacks. So the host reads them: for a call
//! that somebody watches, and after its outcome is settled. Nothing here can change a result.
//!
//! On WebAssembly, Go keeps its stack in the linear memory and the stack pointer in the first global. A call pushes the
//! address to return to: the number of a function times 65,536, and a place in it. Which function an address is of, how large its frame is there, and which line, tell the tables of
//! the "pclntab"; its form is the same from Go 1.20 on. Whatever does not fit ends the reading, and then there is no stack.

use std::cell::Cell;

use super::StackFrame;

/// How a table of the form that is known begins: the form's number, two zeros, the smallest distance of two addresses, the
/// size of a pointer.
const HEADER: [u8; 8] = [0xf1, 0xff, 0xff, 0xff, 0, 0, 1, 8];

/// How far above the stack pointer the first return address is looked for, in words: the frame of what calls the host.
const MAX_START_WORDS: usize = 64;

/// How many tables are looked at that begin as Go's does.
const MAX_TABLES: usize = 4;

/// The largest address or length that is believed, in bytes: more than contracts have. Sums of a few do not overflow.
const MAX_SIZE: u64 = 1 << 30;

/// How many numbers of tables are read for a stack. A contract may write its tables itself, and make them long.
const MAX_READS: u32 = 2_000_000;

/// The most functions of a stack.
const MAX_FRAMES: usize = 100;

/// The function that runs deferred functions while a panic unwinds.
const PANIC: &str = "runtime.gopanic";

/// The calls that led to the panic whose deferred functions were running when the stack was kept, the innermost first and
/// without those of Go's runtime at both ends. `stack` is the memory from the stack pointer on as it was.
pub(crate) fn panic_stack(memory: &[u8], stack: &[u8]) -> Vec<StackFrame> {
    let memory = Bytes(memory);
    let Some(tables) = Tables::find(memory) else { return Vec::new() };
    (0..MAX_START_WORDS).find_map(|word| tables.walk(Bytes(stack), 8 * word)).unwrap_or_default()
}

/// Bytes that may be anything.
#[derive(Clone, Copy)]
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn array<const N: usize>(self, at: usize) -> Option<[u8; N]> {
        self.0.get(at..at.checked_add(N)?)?.try_into().ok()
    }

    fn u8(self, at: usize) -> Option<u8> {
        self.0.get(at).copied()
    }

    fn u32(self, at: usize) -> Option<u32> {
        self.array(at).map(u32::from_le_bytes)
    }

    fn u64(self, at: usize) -> Option<u64> {
        self.array(at).map(u64::from_le_bytes)
    }

    /// A number that is an address or a length.
    fn size(self, at: usize) -> Option<usize> {
        self.u64(at).filter(|size| *size <= MAX_SIZE).map(|size| size as usize)
    }

    /// The text up to the next zero.
    fn text(self, at: usize) -> Option<&'a str> {
        const MAX_TEXT_BYTES: usize = 4096;
        let bytes = self.0.get(at..)?;
        let end = bytes.iter().take(MAX_TEXT_BYTES).position(|byte| *byte == 0)?;
        std::str::from_utf8(&bytes[..end]).ok()
    }

    /// A number of variable length; moves `at` behind it.
    fn varint(self, at: &mut usize) -> Option<u32> {
        let mut value = 0_u32;
        for shift in (0..32).step_by(7) {
            let byte = self.u8(*at)?;
            *at += 1;
            value |= u32::from(byte & 0x7f).checked_shl(shift)?;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }
}

/// Where Go's tables are.
struct Tables<'a> {
    memory: Bytes<'a>,
    reads_left: Cell<u32>,
    function_count: usize,
    names: usize,
    units: usize,
    files: usize,
    values: usize,
    functions: usize,
    /// By how many bits an address is shifted to find its function: from Go 1.26 on the table of functions has their numbers
    /// only.
    shift: u32,
    /// What the addresses in that table are relative to.
    start: u64,
    /// What descriptions of inlined calls are relative to.
    descriptions: usize,
}

/// A function of the tables.
#[derive(Clone, Copy)]
struct Function {
    /// Where its record is.
    record: usize,
    /// Its first address.
    entry: u64,
}

impl<'a> Tables<'a> {
    fn find(memory: Bytes<'a>) -> Option<Self> {
        let words = || (0..memory.0.len() / 8).map(|word| 8 * word);
        words().filter(|at| memory.array(*at) == Some(HEADER)).take(MAX_TABLES).find_map(|table| {
            let offset = |field: usize| table.checked_add(memory.size(table + 8 * field)?);
            let names = offset(4)?;
            // The runtime's description of the module begins with where the table is and where the names in it are.
            let described = |at: &usize| memory.size(*at) == Some(table) && memory.size(at + 8) == Some(names);
            let module = words().find(described)?;
            let functions = offset(8)?;
            // The description has the address of the first function, and the table has it too, in the one form or the other.
            let (first, listed) = (memory.u64(module + 160)?, u64::from(memory.u32(functions)?));
            let shift = if listed << 16 == first { 16 } else { 0 };
            Some(Self {
                memory,
                reads_left: Cell::new(MAX_READS),
                function_count: memory.size(table + 8)?,
                names,
                units: offset(5)?,
                files: offset(6)?,
                values: offset(7)?,
                functions,
                shift,
                start: first.checked_sub(listed << shift)?,
                descriptions: memory.size(module + 320)?,
            })
        })
    }

    /// Walks the stack from the return address at a place in it, down to the last function that is known. None if that is no
    /// return address, or there is no panic on the way.
    fn walk(&self, stack: Bytes<'_>, mut at: usize) -> Option<Vec<StackFrame>> {
        let mut frames = Vec::new();
        let mut panicking = false;
        while let Some(address) = stack.u64(at).filter(|address| *address != 0) {
            let Some(function) = self.function(address) else { break };
            let Some(frame_bytes) = self.value(function, 16, address) else { break };
            if panicking {
                let pushed = self.push(&mut frames, function, address.checked_sub(1)?);
                if pushed.is_none() || frames.len() >= MAX_FRAMES {
                    break;
                }
            }
            panicking |= self.name(function.record + 4) == Some(PANIC);
            at = at.checked_add(8)?.checked_add(usize::try_from(frame_bytes).ok()?)?;
        }
        let own = |frame: &StackFrame| frame.function.starts_with("runtime.");
        let first = frames.iter().position(|frame| !own(frame))?;
        let last = frames.iter().rposition(|frame| !own(frame))?;
        Some(frames.drain(first..=last).collect())
    }

    /// Adds the function that an address is of, and before it those that the compiler put into it there.
    fn push(&self, frames: &mut Vec<StackFrame>, function: Function, mut address: u64) -> Option<()> {
        loop {
            let inlined = self.inlined(function, address);
            let name = without_type_arguments(self.name(inlined.unwrap_or(function.record) + 4)?);
            let file = self.file(function, address)?.to_owned();
            let line = u32::try_from(self.value(function, 24, address)?).ok()?;
            frames.push(StackFrame { function: name, file, line });
            let Some(inlined) = inlined.filter(|_| frames.len() < MAX_FRAMES) else { return Some(()) };
            address = function.entry.checked_add(u64::from(self.memory.u32(inlined + 8)?))?;
        }
    }

    /// The function that an address is of.
    fn function(&self, address: u64) -> Option<Function> {
        let offset = u32::try_from(address.checked_sub(self.start)? >> self.shift).ok()?;
        let row = |index: usize| self.functions.checked_add(8 * index);
        let (mut low, mut high) = (0, self.function_count);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.memory.u32(row(middle)?)? <= offset { low = middle + 1 } else { high = middle }
        }
        let row = row(low.checked_sub(1)?)?;
        let record = self.functions.checked_add(self.memory.u32(row + 4)? as usize)?;
        Some(Function { record, entry: self.start.checked_add(u64::from(self.memory.u32(row)?) << self.shift)? })
    }

    /// The name to which a record refers at a place.
    fn name(&self, at: usize) -> Option<&'a str> {
        self.memory.text(self.names.checked_add(self.memory.u32(at)? as usize)?)
    }

    fn file(&self, function: Function, address: u64) -> Option<&'a str> {
        let number = usize::try_from(self.value(function, 20, address)?).ok()?;
        let unit = self.memory.u32(function.record + 32)? as usize;
        let offset = self.memory.u32(self.units.checked_add(unit.checked_add(number)?.checked_mul(4)?)?)?;
        self.memory.text(self.files.checked_add(offset as usize)?)
    }

    /// The description of the innermost call that was put into a function at an address, if there is one.
    fn inlined(&self, function: Function, address: u64) -> Option<usize> {
        const INDEX_TABLE: usize = 2;
        const DESCRIPTIONS: usize = 3;
        const RECORD_BYTES: usize = 44;
        let tables = self.memory.u32(function.record + 28)? as usize;
        let described = usize::from(self.memory.u8(function.record + RECORD_BYTES - 1)?);
        if tables <= INDEX_TABLE || described <= DESCRIPTIONS {
            return None;
        }
        let index = usize::try_from(self.value(function, RECORD_BYTES + 4 * INDEX_TABLE, address)?).ok()?;
        let offset = self.memory.u32(function.record + RECORD_BYTES + 4 * (tables + DESCRIPTIONS))?;
        let list = self.descriptions.checked_add(usize::try_from(offset).ok()?).filter(|_| offset != u32::MAX)?;
        list.checked_add(index.checked_mul(16)?)
    }

    /// What a table has for an address of a function; the function's record says at a place which table.
    fn value(&self, function: Function, table: usize, address: u64) -> Option<i32> {
        let offset = self.memory.u32(function.record + table)? as usize;
        if offset == 0 {
            return None;
        }
        let mut at = self.values.checked_add(offset)?;
        let (mut until, mut value, mut first) = (function.entry, -1_i32, true);
        loop {
            self.reads_left.set(self.reads_left.get().checked_sub(1)?);
            let delta = self.memory.varint(&mut at)?;
            if delta == 0 && !first {
                return None;
            }
            first = false;
            value = value.wrapping_add((delta >> 1) as i32 ^ -((delta & 1) as i32));
            until = until.checked_add(u64::from(self.memory.varint(&mut at)?))?;
            if address < until {
                return Some(value);
            }
        }
    }
}

/// The name of a function without what the compiler put for its type parameters, as Go prints it.
fn without_type_arguments(name: &str) -> String {
    match (name.find('['), name.rfind(']')) {
        (Some(start), Some(end)) if start < end => format!("{}[...]{}", &name[..start], &name[end + 1..]),
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn type_arguments_are_left_out() {
        for (name, shown) in [
            ("a/b.Do", "a/b.Do"),
            ("a/b.Map[go.shape.[20]uint8,go.shape.struct { x [4]uint64 }].Keys", "a/b.Map[...].Keys"),
            ("a/b.Of[int]", "a/b.Of[...]"),
            ("odd]name[", "odd]name["),
        ] {
            assert_eq!(without_type_arguments(name), shown);
        }
    }

    #[test]
    fn memory_without_tables_has_no_stack() {
        assert_eq!(panic_stack(&[], &[]), []);
        assert_eq!(panic_stack(&[0; 4096], &[1; 512]), []);
    }

    /// A memory that begins as Go's tables do, with small numbers everywhere, so that they lead to each other.
    fn hostile() -> impl Strategy<Value = (Vec<u8>, Vec<u8>)> {
        let words = |count| prop::collection::vec(prop_oneof![0_u64..600, Just(u64::MAX), any::<u64>()], count);
        (words(160), words(64), 1_usize..70).prop_map(|(mut memory, stack, module)| {
            memory[0] = u64::from_le_bytes(HEADER);
            memory[4] %= 512;
            (memory[module + 9], memory[module + 8]) = (memory[4], 0);
            let bytes = |words: &[u64]| words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<_>>();
            (bytes(&memory), bytes(&stack))
        })
    }

    proptest! {
        #[test]
        fn tables_that_a_contract_made_do_no_harm((memory, stack) in hostile()) {
            prop_assert!(panic_stack(&memory, &stack).len() <= MAX_FRAMES);
        }
    }
}
