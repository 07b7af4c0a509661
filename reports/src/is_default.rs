/// Whether a value is its type's default, so that saved runs leave it out: they travel over slow lines.
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
