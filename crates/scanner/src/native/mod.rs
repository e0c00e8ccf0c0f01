//! What needs `unsafe`: mapping files, taking the faults of files that become
//! shorter under their maps, and looking at 64 bytes at once. Nothing else in the project
//! has any. Both have safe interfaces, and each block says why it is sound.

mod guard;
pub(crate) mod lanes;
pub(crate) mod map;
