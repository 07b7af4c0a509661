/// Whether a value is its type's default, so that saved runs leave it out, which keeps them short for serial lines.
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
