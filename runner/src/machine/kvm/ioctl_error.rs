//! Errors of ioctls as trouble.

use kvm_ioctls::Error;

use crate::host::device_owner;
use crate::machine::Trouble;

/// The result of an ioctl of kvm-ioctls.
pub(super) trait IoctlResult<T> {
    /// Names the ioctl in the trouble, if it failed.
    fn ioctl(self, name: &str) -> Result<T, Trouble>;
}

impl<T> IoctlResult<T> for Result<T, Error> {
    fn ioctl(self, name: &str) -> Result<T, Trouble> {
        self.map_err(|error| ioctl_failed(name, error))
    }
}

/// Trouble for an ioctl that failed.
pub(super) fn ioctl_failed(what: &str, error: Error) -> Trouble {
    Trouble::Refused { call: what.to_owned(), errno: error.errno() }
}

/// Trouble for /dev/kvm that cannot be opened.
pub(super) fn cannot_open(errno: i32) -> Trouble {
    let owner = matches!(errno, libc::EACCES | libc::EPERM).then(device_owner).flatten();
    Trouble::NoDevice { device: "/dev/kvm".to_owned(), errno, owner }
}
