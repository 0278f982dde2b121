//! Values that must not be shown, and values that must not be used yet.

use std::fmt;
use zeroize::Zeroize;

/// A value that never appears in a log or an error and is wiped when dropped.
pub struct Private<T: Zeroize>(T);

impl<T: Zeroize> Private<T> {
    /// Guards `value`.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value, for computing with it.
    pub fn expose(&self) -> &T {
        &self.0
    }

    /// The value, for changing it in place.
    pub fn expose_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T: Zeroize> Drop for Private<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<T: Zeroize + Clone> Clone for Private<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: Zeroize> fmt::Debug for Private<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Private<{}>(..)", std::any::type_name::<T>())
    }
}

/// A value that was opened but not yet checked. Only the scheme that opened it releases it, after its checks.
#[must_use = "an opened value means nothing until it is verified"]
pub struct Unchecked<T>(T);

impl<T> Unchecked<T> {
    /// Marks `value` as opened, not yet checked.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value, once the caller has discharged every check that it depends on, or because it is uniformly masked.
    pub fn release_after_checks(self) -> T {
        self.0
    }
}

impl<T> fmt::Debug for Unchecked<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Unchecked(..)")
    }
}
