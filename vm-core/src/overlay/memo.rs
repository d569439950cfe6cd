//! The last answers of the state below, for who asks again: a call opens an object, reads its field and writes it, and each
//! looks at the object's record.

use crate::StateKey;

/// How many answers are kept. A call works on a few keys at a time, and all of them are compared.
const MAX_ANSWERS: usize = 8;

/// Longer values are not kept: to copy them takes as long as to ask again.
const MAX_VALUE_BYTES: usize = 512;

/// What the state below said, which stays as it is.
#[derive(Debug, Default)]
pub(super) struct Memo {
    answers: Vec<(StateKey, Option<Vec<u8>>)>,
    /// The place of the oldest, once there are all.
    oldest: usize,
}

impl Memo {
    /// What there is under a key, if that was asked lately.
    pub(super) fn recall(&self, key: &StateKey) -> Option<Option<Vec<u8>>> {
        self.answers.iter().find(|(asked, _)| asked == key).map(|(_, value)| value.clone())
    }

    /// Keeps the answer for a key that it does not have, for the oldest one.
    pub(super) fn keep(&mut self, key: &StateKey, value: Option<&[u8]>) {
        if value.is_some_and(|value| value.len() > MAX_VALUE_BYTES) {
            return;
        }
        let answer = (key.clone(), value.map(<[u8]>::to_vec));
        if self.answers.len() < MAX_ANSWERS {
            self.answers.push(answer);
        } else {
            self.answers[self.oldest] = answer;
            self.oldest = (self.oldest + 1) % MAX_ANSWERS;
        }
    }
}
