//! Data segments, joined.
//!
//! Go's linker leaves out runs of zeros: the sample contracts come with about 24,500 segments, most of them of a few dozen bytes.
//! An engine evaluates the offset of each whenever it makes an instance, and keeps a record of it in the machine code's file:
//! 2.4 ms of a first call, and as much as the bytes themselves. Neighbours become one segment, with the zeros between them.

use wasm_encoder::{ConstExpr, DataSection};
use wasmparser::{Data, DataKind, DataSectionReader, Operator};

use super::InstrumentError;

/// The longest run of zeros that is written out, in bytes. It leaves fewer than 10 segments of a Go module, and adds less to
/// a machine code's file than the records that are gone.
const MAX_GAP_BYTES: u64 = 64;

/// An active segment at a constant offset.
struct Segment<'a> {
    start: u64,
    bytes: &'a [u8],
}

impl Segment<'_> {
    fn end(&self) -> u64 {
        self.start + self.bytes.len() as u64
    }
}

/// The same data in fewer segments; nothing if the order or the number of these matters: some overlap, are passive, or lie
/// where a global says.
///
/// A module that cannot be made an instance of because a segment does not fit cannot afterwards: the joined segment ends
/// where the last of its parts does.
pub(super) fn joined(section: &DataSectionReader<'_>) -> Result<Option<DataSection>, InstrumentError> {
    let mut segments = Vec::new();
    for data in section.clone() {
        match segment(&data.map_err(InstrumentError::new)?)? {
            Some(segment) => segments.push(segment),
            None => return Ok(None),
        }
    }
    segments.sort_by_key(|segment| (segment.start, segment.bytes.len()));
    if segments.windows(2).any(|pair| pair[0].end() > pair[1].start) {
        return Ok(None);
    }
    let mut joined = DataSection::new();
    for run in segments.chunk_by(|left, right| right.start - left.end() <= MAX_GAP_BYTES) {
        let start = run[0].start;
        let mut bytes = Vec::new();
        for segment in run {
            bytes.resize((segment.start - start) as usize, 0);
            bytes.extend_from_slice(segment.bytes);
        }
        // The offset is an unsigned number in the form of a signed one.
        joined.active(0, &ConstExpr::i32_const(start as u32 as i32), bytes);
    }
    Ok(Some(joined))
}

fn segment<'a>(data: &Data<'a>) -> Result<Option<Segment<'a>>, InstrumentError> {
    let DataKind::Active { offset_expr, .. } = &data.kind else { return Ok(None) };
    let mut operators = offset_expr.get_operators_reader();
    let offset = operators.read().map_err(InstrumentError::new)?;
    let end = operators.read().map_err(InstrumentError::new)?;
    Ok(match (offset, end) {
        (Operator::I32Const { value }, Operator::End) => {
            Some(Segment { start: u64::from(value as u32), bytes: data.data })
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use wasm_encoder::Module;
    use wasmparser::{Parser, Payload};

    use super::*;

    type Segments = Vec<(u32, Vec<u8>)>;

    /// The data section of these segments.
    fn section(segments: &Segments) -> DataSection {
        let mut section = DataSection::new();
        for (start, bytes) in segments {
            section.active(0, &ConstExpr::i32_const(*start as i32), bytes.iter().copied());
        }
        section
    }

    /// Reads the data section of a module.
    fn read<T>(section: &DataSection, read: impl FnOnce(DataSectionReader<'_>) -> T) -> T {
        let mut module = Module::new();
        module.section(section);
        let wasm = module.finish();
        let mut payloads = Parser::new(0).parse_all(&wasm).map(|payload| payload.expect("well formed"));
        let reader = payloads.find_map(|payload| match payload {
            Payload::DataSection(reader) => Some(reader),
            _ => None,
        });
        read(reader.expect("it is there"))
    }

    fn segments(section: &DataSection) -> Segments {
        read(section, |reader| {
            let active = |data: Result<Data<'_>, _>| {
                let segment = segment(&data.expect("well formed")).expect("well formed").expect("active");
                (segment.start as u32, segment.bytes.to_vec())
            };
            reader.into_iter().map(active).collect()
        })
    }

    /// What an engine does: each segment is written over what is there.
    fn memory(segments: &Segments) -> Vec<u8> {
        let mut memory = vec![0; 1 << 16];
        for (start, bytes) in segments {
            memory[*start as usize..*start as usize + bytes.len()].copy_from_slice(bytes);
        }
        memory
    }

    fn ends(segments: &Segments) -> u64 {
        segments.iter().map(|(start, bytes)| u64::from(*start) + bytes.len() as u64).max().unwrap_or_default()
    }

    proptest! {
        #[test]
        fn joined_segments_make_the_same_memory(
            gaps in prop::collection::vec((0_u32..200, prop::collection::vec(any::<u8>(), 0..40)), 0..60),
            turn: prop::sample::Index,
            overlap: bool,
        ) {
            let mut end = 0;
            let mut given: Segments = gaps.into_iter().map(|(gap, bytes)| {
                let start = end + gap;
                end = start + bytes.len() as u32;
                (start, bytes)
            }).collect();
            if overlap {
                given.push((end.saturating_sub(1), vec![7; 2]));
            }
            let turn = turn.index(given.len() + 1);
            given.rotate_left(turn);
            let overlap = memory(&given) != memory(&given.iter().rev().cloned().collect());

            match read(&section(&given), |reader| joined(&reader)).expect("well formed") {
                Some(section) => {
                    let joined = segments(&section);
                    prop_assert_eq!(memory(&joined), memory(&given));
                    prop_assert_eq!(ends(&joined), ends(&given));
                    for pair in joined.windows(2) {
                        let end = u64::from(pair[0].0) + pair[0].1.len() as u64;
                        prop_assert!(end + MAX_GAP_BYTES < u64::from(pair[1].0), "neighbours are left apart");
                    }
                    prop_assert!(!overlap, "the order matters");
                }
                None => {
                    let mut sorted = given;
                    sorted.sort_by_key(|(start, bytes)| (*start, bytes.len()));
                    let overlaps = |pair: &[(u32, Vec<u8>)]| pair[0].0 + pair[0].1.len() as u32 > pair[1].0;
                    prop_assert!(sorted.windows(2).any(overlaps), "nothing speaks against joining");
                }
            }
        }
    }

    #[test]
    fn the_last_addresses_stay_where_they_are() {
        let given = vec![(u32::MAX, vec![1, 2]), (u32::MAX - 40, vec![3])];
        let joined = read(&section(&given), |reader| joined(&reader)).expect("well formed").expect("joined");
        let mut expected = vec![3];
        expected.resize(40, 0);
        expected.extend([1, 2]);
        assert_eq!(segments(&joined), [(u32::MAX - 40, expected)]);
    }

    #[test]
    fn what_is_passive_or_lies_where_a_global_says_is_left_as_it_is() {
        let mut passive = section(&vec![(8, vec![1])]);
        passive.passive([2]);
        let mut elsewhere = section(&vec![(8, vec![1])]);
        elsewhere.active(0, &ConstExpr::global_get(0), [2]);
        for section in [passive, elsewhere] {
            assert!(read(&section, |reader| joined(&reader)).expect("well formed").is_none());
        }
    }
}
