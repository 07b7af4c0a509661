/// What the manuals allow: one value, or several where they leave it open, in no order that says anything.
#[derive(Clone, Copy, Debug)]
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

impl<T: PartialEq> PartialEq for Allowed<T> {
    fn eq(&self, other: &Self) -> bool {
        let within = |few: &[T], all: &[T]| few.iter().all(|value| all.contains(value));
        within(self.0, other.0) && within(other.0, self.0)
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
