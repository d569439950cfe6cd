//! Whether known pages are still worth putting back.
//!
//! A module's first calls write pages that later ones do not: a contract that is initialised, an allocator that gets its first
//! memory. So some calls are looked at, and pages that none of them left changed are protected again. A call that does write such
//! a page, if only what was there, makes it known once more, and then it stays: a page is forgotten once.

/// How many calls are looked at before pages are forgotten.
const SAMPLES: u32 = 8;

/// The pages on trial, as bits.
pub(super) struct Trial {
    /// Those that no sample had changed.
    unchanged: Vec<u64>,
    samples: u32,
    /// Those that were forgotten before.
    forgotten: Vec<u64>,
}

impl Trial {
    /// Of a memory of so many words of pages.
    pub(super) fn new(words: usize) -> Self {
        Self { unchanged: vec![0; words], samples: 0, forgotten: vec![0; words] }
    }

    /// Starts over, since other pages are known now; false if there is nothing to find out.
    pub(super) fn restart(&mut self, known: &[u64]) -> bool {
        self.samples = 0;
        self.unchanged = known.iter().zip(&self.forgotten).map(|(known, forgotten)| known & !forgotten).collect();
        self.unchanged.iter().any(|word| *word != 0)
    }

    /// Takes note of the pages that a call had changed; when that was the last sample, returns the pages to be forgotten.
    pub(super) fn sample(&mut self, changed: &[u64]) -> Option<Vec<u64>> {
        self.unchanged.iter_mut().zip(changed).for_each(|(unchanged, changed)| *unchanged &= !changed);
        self.samples += 1;
        if self.samples < SAMPLES {
            return None;
        }
        self.forgotten.iter_mut().zip(&self.unchanged).for_each(|(forgotten, unchanged)| *forgotten |= unchanged);
        Some(std::mem::take(&mut self.unchanged))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_that_no_call_changes_are_forgotten_once() {
        let mut trial = Trial::new(1);
        assert!(trial.restart(&[0b1111]));
        for call in 1..SAMPLES {
            assert_eq!(trial.sample(&[if call == 3 { 0b0011 } else { 0b0001 }]), None);
        }
        assert_eq!(trial.sample(&[0b0001]), Some(vec![0b1100]));
        // One of them comes back: it stays, whatever calls do.
        assert!(trial.restart(&[0b0111]));
        let last = (0..SAMPLES).map(|_| trial.sample(&[0b0001])).last().unwrap();
        assert_eq!(last, Some(vec![0b0010]));
        assert!(trial.restart(&[0b1101]), "the first was never forgotten");
        let last = (0..SAMPLES).map(|_| trial.sample(&[0b0001])).last().unwrap();
        assert_eq!(last, Some(vec![0]), "it is changed");
        assert!(!trial.restart(&[0b1110]), "all of them were");
    }
}
