/// What the manuals allow: one value, or several where they leave it open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowed<T: 'static>(&'static [T]);

impl<T: Copy + 'static> Allowed<T> {
    /// One of these values; KVM does the first.
    pub const fn any_of(values: &'static [T]) -> Self {
        assert!(!values.is_empty(), "something is always allowed");
        Self(values)
    }

    /// All of them, at least one.
    pub const fn values(self) -> &'static [T] {
        self.0
    }

    /// The first of them: what KVM does.
    pub const fn first(self) -> T {
        self.0[0]
    }
}

impl Allowed<bool> {
    /// Certainly true.
    pub const YES: Self = Self(&[true]);
    /// Certainly false.
    pub const NO: Self = Self(&[false]);
    /// True or false; true on KVM.
    pub const MAY: Self = Self(&[true, false]);
    /// True or false; false on KVM.
    pub const MAY_BUT_NOT_ON_KVM: Self = Self(&[false, true]);

    /// This value alone.
    pub const fn only(value: bool) -> Self {
        if value { Self::YES } else { Self::NO }
    }
}
