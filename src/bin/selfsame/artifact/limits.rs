//! How much of an artifact is read. Whoever made it may be a stranger.
//!
//! A zstd frame may ask for a window of up to 128 MiB, as `zstd --ultra -22` does and `zstd -d`
//! accepts; else memory stays below 64 MiB.

/// Bounds on what is read from one artifact.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// The most bytes that all layers may have once they are unpacked: 16 GiB. A single file may
    /// have no more either, nor may the answer of a Docker client.
    pub(super) unpacked: u64,
    /// The most entries in all layers together: 1,000,000.
    pub(super) entries: usize,
    /// The most layers: 512. Docker itself makes 127 at most.
    pub(super) layers: usize,
    /// The longest document (index, manifest, config), in bytes: 4 MiB, as registries have it.
    pub(super) document: u64,
    /// The longest extended header of an entry, in bytes: 1 MiB.
    pub(super) header: u64,
    /// The longest path in an archive, in bytes: 4,096.
    pub(super) path: usize,
    /// How deep an index may lie in an index: 4.
    pub(super) nesting: usize,
    /// The most members of an archive that are kept in mind while looking for its documents:
    /// 65,536.
    pub(super) members: usize,
    /// The most files with stamps: 256.
    pub(super) stamped: usize,
    /// The most bytes that the stamps of an artifact may have together: 16 MiB.
    pub(super) stamps: usize,
    /// The most links that are followed on the way to one place: 16.
    pub(super) links: usize,
}

pub(super) const LIMITS: Limits = Limits {
    unpacked: 16 << 30,
    entries: 1_000_000,
    layers: 512,
    document: 4 << 20,
    header: 1 << 20,
    path: 4096,
    nesting: 4,
    members: 1 << 16,
    stamped: 256,
    stamps: 16 << 20,
    links: 16,
};
