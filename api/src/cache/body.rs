//! The bytes of an answer: plain, and compressed once for all who take them so.

use std::{
    io::Write as _,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};

use super::Entry;

/// Smaller answers fit into one packet anyway.
const WORTH_COMPRESSING: usize = 1024;

/// How the bytes of an answer are coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    Brotli,
    Gzip,
}

impl Coding {
    /// As HTTP names it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }
}

/// The bytes of an answer.
#[derive(Debug)]
pub(crate) struct Body {
    plain: Bytes,
    brotli: OnceLock<Bytes>,
    gzip: OnceLock<Bytes>,
    is_being_compressed: AtomicBool,
}

impl Body {
    pub(super) fn new(plain: Bytes) -> Self {
        Self { plain, brotli: OnceLock::new(), gzip: OnceLock::new(), is_being_compressed: AtomicBool::new(false) }
    }

    /// Without coding.
    pub(crate) fn plain(&self) -> &Bytes {
        &self.plain
    }

    /// Bytes of memory when all is there.
    pub(super) fn weight(&self) -> usize {
        self.plain.len() + self.plain.len() / 2
    }

    /// The bytes with this coding, if they are there.
    pub(crate) fn coded(&self, coding: Coding) -> Option<&Bytes> {
        match coding {
            Coding::Brotli => self.brotli.get(),
            Coding::Gzip => self.gzip.get(),
        }
    }

    fn compress(&self) {
        let mut brotli = Vec::new();
        let parameters = brotli::enc::BrotliEncoderParams { quality: 5, ..Default::default() };
        if brotli::BrotliCompress(&mut &*self.plain, &mut brotli, &parameters).is_ok() {
            let _ = self.brotli.set(brotli.into());
        }
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        if gzip.write_all(&self.plain).is_ok()
            && let Ok(gzip) = gzip.finish()
        {
            let _ = self.gzip.set(gzip.into());
        }
    }
}

impl Entry {
    /// The bytes with this coding. The first who asks has it compressed in the background, and gets none.
    pub(crate) fn coded(self: &Arc<Self>, coding: Coding) -> Option<Bytes> {
        if self.body.plain.len() < WORTH_COMPRESSING {
            return None;
        }
        let found = self.body.coded(coding).cloned();
        if found.is_none() && !self.body.is_being_compressed.swap(true, Ordering::Relaxed) {
            let entry = Arc::clone(self);
            tokio::task::spawn_blocking(move || entry.body.compress());
        }
        found
    }
}
