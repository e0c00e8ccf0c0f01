//! What needs `unsafe`: mapping files, and looking at 64 bytes at once. Nothing else in the project
//! has any. Both have safe interfaces, and each block says why it is sound.

pub(crate) mod lanes;
pub(crate) mod map;
