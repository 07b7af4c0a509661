/// What the manuals allow: one value, or several where they leave it open, in no order that says anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowed<T: 'static>(&'static [T]);

impl<T: Copy + 'static> Allowed<T> {
    /// One of these values.
    pub const fn any_of(values: &'static [T]) -> Self {
        assert!(!values.is_empty(), "something is always allowed");
        Self(values)
    }

    /// All of them, at least one.
    pub const fn values(self) -> &'static [T] {
        self.0
    }
}

impl Allowed<bool> {
    /// Certainly true.
    pub const YES: Self = Self(&[true]);
    /// Certainly false.
    pub const NO: Self = Self(&[false]);
    /// True or false.
    pub const MAY: Self = Self(&[false, true]);

    /// This value alone.
    pub const fn only(value: bool) -> Self {
        if value { Self::YES } else { Self::NO }
    }
}
