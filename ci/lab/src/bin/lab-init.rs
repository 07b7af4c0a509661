//! The first process of the lab's guests.

fn main() {}
