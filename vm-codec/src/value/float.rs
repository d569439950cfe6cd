//! Floating-point numbers as contracts see them: one NaN, and equality that means equal bytes.

use std::cmp::Ordering;
use std::fmt;

macro_rules! float {
    ($(#[$doc:meta])* $name:ident, $float:ty, $bits:ty, $nan:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash)]
        pub struct $name($bits);

        impl $name {
            /// The only NaN, as bits.
            pub const NAN_BITS: $bits = $nan;

            /// The number; every NaN becomes the canonical one.
            #[must_use]
            pub fn new(number: $float) -> Self {
                if number.is_nan() { Self(Self::NAN_BITS) } else { Self(number.to_bits()) }
            }

            /// The number with these IEEE 754 bits; nothing for a NaN that is not the canonical one.
            #[must_use]
            pub fn from_bits(bits: $bits) -> Option<Self> {
                let canonical = bits == Self::NAN_BITS || !<$float>::from_bits(bits).is_nan();
                canonical.then_some(Self(bits))
            }

            /// The IEEE 754 bits.
            #[must_use]
            pub fn to_bits(self) -> $bits {
                self.0
            }

            /// The number.
            #[must_use]
            pub fn get(self) -> $float {
                <$float>::from_bits(self.0)
            }
        }

        impl From<$float> for $name {
            fn from(number: $float) -> Self {
                Self::new(number)
            }
        }

        impl Ord for $name {
            fn cmp(&self, other: &Self) -> Ordering {
                self.get().total_cmp(&other.get())
            }
        }

        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.get().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.get(), f)
            }
        }
    };
}

float! {
    /// A `float32`. Equal means equal bytes: NaN equals itself, and 0 differs from -0.
    F32, f32, u32, 0x7fc0_0000
}

float! {
    /// A `float64`. Equal means equal bytes: NaN equals itself, and 0 differs from -0.
    ///
    /// ```
    /// use govm_codec::F64;
    /// assert_eq!(F64::new(f64::NAN), F64::new(-f64::NAN));
    /// assert_ne!(F64::new(0.0), F64::new(-0.0));
    /// assert_eq!(F64::from_bits(0x7ff8_0000_0000_0001), None);
    /// ```
    F64, f64, u64, 0x7ff8_0000_0000_0000
}
