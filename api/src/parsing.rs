//! Reading documents on threads of their own, and not for ever: whatever a document does to a reader, others go on, and who sent it is told.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc::{RecvTimeoutError, sync_channel},
    },
    thread,
    time::Duration,
};

use importer::{Defaults, Document, Format, Problem};

/// Longer than any document of the largest size takes to be read.
const PATIENCE: Duration = Duration::from_secs(60);

/// Threads that may still read documents that nobody waits for any more. A thread cannot be ended, so there must be an end to their number.
const STRAYS: usize = 2;

/// What is known of all documents that are read.
#[derive(Debug, Default)]
struct Readers {
    strays: AtomicUsize,
}

static READERS: Readers = Readers { strays: AtomicUsize::new(0) };

/// Reads a whole document. It blocks, so it is not for threads that answer.
pub(crate) fn read(format: Format, bytes: Vec<u8>, defaults: Defaults) -> Result<Document, Problem> {
    READERS.run(PATIENCE, move || format.read(&bytes, &defaults))
}

impl Readers {
    fn run<T: Send + 'static>(
        &'static self,
        patience: Duration,
        read: impl FnOnce() -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        if self.strays.load(Ordering::Relaxed) >= STRAYS {
            return Err(Problem::new(
                "other documents take too long and are still being read; send this one again later",
            ));
        }
        let (sender, result) = sync_channel(1);
        let end = Arc::new(End { readers: self, is_known: AtomicBool::new(false) });
        let of_thread = Ended(Arc::clone(&end));
        let reading = thread::Builder::new().name("reader".to_owned()).spawn(move || {
            let _of_thread = of_thread;
            let _ = sender.send(read());
        });
        if let Err(error) = reading {
            tracing::error!(%error, "a document could not be read on a thread of its own");
            return Err(Problem::new("the server has too much to do to read it; send it again in a moment"));
        }
        match result.recv_timeout(patience) {
            Ok(result) => result,
            Err(RecvTimeoutError::Timeout) => {
                self.strays.fetch_add(1, Ordering::Relaxed);
                end.meet();
                let seconds = patience.as_secs();
                Err(Problem::new(format!("it takes longer than {seconds} seconds to read, and is left out")))
            }
            // The reader has panicked.
            Err(RecvTimeoutError::Disconnected) => {
                Err(Problem::new("it could not be read because of a fault in this program; the log has more"))
            }
        }
    }
}

/// Where the end of a thread and that of the patience with it meet: with the second of them it strays no more.
struct End {
    readers: &'static Readers,
    is_known: AtomicBool,
}

impl End {
    fn meet(&self) {
        if self.is_known.swap(true, Ordering::AcqRel) {
            self.readers.strays.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// Held by the thread: it may panic.
struct Ended(Arc<End>);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.meet();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_that_takes_too_long_is_left_and_others_go_on() {
        static READERS: Readers = Readers { strays: AtomicUsize::new(0) };
        const SHORT: Duration = Duration::from_millis(20);
        const LONG: Duration = Duration::from_secs(60);
        let mut held = Vec::new();
        for _ in 0..STRAYS {
            assert_eq!(READERS.run(LONG, || Ok(1)), Ok(1));
            let (release, wait) = sync_channel::<()>(0);
            let problem = READERS
                .run(SHORT, move || {
                    let _ = wait.recv();
                    Ok(1)
                })
                .unwrap_err();
            assert!(problem.message.contains("takes longer"), "{problem}");
            held.push(release);
        }
        assert!(READERS.run(LONG, || Ok(1)).unwrap_err().message.contains("again later"));
        drop(held);
        while READERS.strays.load(Ordering::Relaxed) > 0 {
            thread::yield_now();
        }
        assert_eq!(READERS.run(LONG, || Ok(1)), Ok(1));
    }

    #[test]
    fn a_reader_that_panics_is_a_problem_of_its_document() {
        static READERS: Readers = Readers { strays: AtomicUsize::new(0) };
        let problem = READERS.run(PATIENCE, || -> Result<(), Problem> { panic!("a fault") }).unwrap_err();
        assert!(problem.message.contains("fault in this program"), "{problem}");
    }
}
