/// What the manuals allow: one value, or several where they leave it open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowed<T: 'static>(&'static [T]);

impl<T: Copy + 'static> Allowed<T> {
    /// These, the first of which is what KVM does.
    pub const fn any_of(values: &'static [T]) -> Self {
        assert!(!values.is_empty(), "something is always allowed");
        Self(values)
    }

    /// All of them, at least one.
    pub const fn values(self) -> &'static [T] {
        self.0
    }

    /// The first of them.
    pub const fn first(self) -> T {
        self.0[0]
    }
}

impl Allowed<bool> {
    /// It is so.
    pub const YES: Self = Self(&[true]);
    /// It is not so.
    pub const NO: Self = Self(&[false]);
    /// It may be so, and on KVM it is.
    pub const MAY: Self = Self(&[true, false]);
    /// It may be so, but on KVM it is not.
    pub const MAY_BUT_NOT_ON_KVM: Self = Self(&[false, true]);

    /// What is so without alternative.
    pub const fn only(value: bool) -> Self {
        if value { Self::YES } else { Self::NO }
    }
}
