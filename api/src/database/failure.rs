//! What is the matter when the database fails through no fault of a statement: it is away, full, locked or broken, and will do again once that is
//! mended. Callers are told to come again; whoever runs the server reads in the log what to mend.

use sea_orm::{DbErr, RuntimeErr, SqlxError};

/// What is the matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It cannot be reached, is starting or stopping, or has no connection left.
    Away,
    /// It is a copy that takes no changes, or its file may not be written.
    ReadOnly,
    /// Its disk is full.
    Full,
    /// Its disk cannot be read or written.
    Disk,
    /// Its file cannot be opened.
    Closed,
    /// Others hold what the statement needs.
    Locked,
    /// Its file is damaged.
    Corrupt,
    /// A statement was ended because it took too long.
    Timeout,
}

impl Failure {
    /// What is the matter, when it is something of this kind.
    pub fn of(error: &DbErr) -> Option<Self> {
        match error {
            DbErr::Conn(RuntimeErr::SqlxError(error)) => Self::of_driver(error).or(Some(Self::Away)),
            DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => Some(Self::Away),
            DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error)) => {
                Self::of_driver(error)
            }
            _ => None,
        }
    }

    /// Whether a database that cannot be connected to may be there in a moment by itself.
    pub(super) fn may_end(error: &DbErr) -> bool {
        match error {
            DbErr::Conn(RuntimeErr::SqlxError(error)) => Self::of_driver(error) == Some(Self::Away),
            _ => false,
        }
    }

    fn of_driver(error: &SqlxError) -> Option<Self> {
        match error {
            SqlxError::Io(_) | SqlxError::PoolTimedOut | SqlxError::PoolClosed | SqlxError::WorkerCrashed => {
                Some(Self::Away)
            }
            SqlxError::Database(error) => {
                let code = error.code()?;
                // SQLSTATE has five letters and digits, a code of SQLite is a number.
                if code.len() == 5 && !code.starts_with("0x") {
                    Self::of_sqlstate(&code)
                } else {
                    Self::of_sqlite(&code)
                }
            }
            _ => None,
        }
    }

    fn of_sqlstate(code: &str) -> Option<Self> {
        match code {
            "57014" => Some(Self::Timeout),
            "25006" => Some(Self::ReadOnly),
            "53100" => Some(Self::Full),
            "58030" => Some(Self::Disk),
            "40001" | "40P01" | "55P03" => Some(Self::Locked),
            "XX001" | "XX002" => Some(Self::Corrupt),
            // Broken connections; no memory or connections left; shutting down, crashed or starting.
            _ => ["08", "53", "57P0"].iter().any(|class| code.starts_with(class)).then_some(Self::Away),
        }
    }

    fn of_sqlite(code: &str) -> Option<Self> {
        // The lowest byte is the code, those above it say more.
        match code.parse::<u32>().ok()? & 0xff {
            5 | 6 => Some(Self::Locked),
            8 => Some(Self::ReadOnly),
            9 => Some(Self::Timeout),
            10 => Some(Self::Disk),
            11 | 26 => Some(Self::Corrupt),
            13 => Some(Self::Full),
            14 => Some(Self::Closed),
            _ => None,
        }
    }

    /// What whoever runs the server can do about it.
    pub fn mend(self) -> &'static str {
        match self {
            Self::Away => "look whether the database runs, can be reached, and has connections left",
            Self::ReadOnly => {
                "the database takes no changes: let the user of the server write its file and folder, or name the primary server"
            }
            Self::Full => "the disk of the database is full: make room on it; the server goes on by itself",
            Self::Disk => "the disk of the database cannot be read or written: look at the log of the system",
            Self::Closed => {
                "the file of the database cannot be opened: let the user of the server write its file and folder"
            }
            Self::Locked => {
                "something else holds the database: look for long transactions and other programs that use it"
            }
            Self::Corrupt => {
                "the database is damaged: stop the server, keep the file, and put a backup in its place, \
                 or take out what can be read with `sqlite3 FILE .recover | sqlite3 NEW`"
            }
            Self::Timeout => "a statement took longer than a request may run",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_both_databases_are_known() {
        assert_eq!(Failure::of_sqlstate("53300"), Some(Failure::Away));
        assert_eq!(Failure::of_sqlstate("57P03"), Some(Failure::Away));
        assert_eq!(Failure::of_sqlstate("57014"), Some(Failure::Timeout));
        assert_eq!(Failure::of_sqlstate("42601"), None, "a statement that is wrong is our fault");
        assert_eq!(Failure::of_sqlite("13"), Some(Failure::Full));
        assert_eq!(Failure::of_sqlite("778"), Some(Failure::Disk), "an I/O error when writing");
        assert_eq!(Failure::of_sqlite("2067"), None, "a constraint");
    }

    #[test]
    fn a_connection_that_cannot_be_had_is_away() {
        assert_eq!(
            Failure::of(&DbErr::ConnectionAcquire(sea_orm::error::ConnAcquireErr::Timeout)),
            Some(Failure::Away)
        );
        assert_eq!(Failure::of(&DbErr::Custom("x".to_owned())), None);
    }
}
