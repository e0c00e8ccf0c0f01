//! Faults of reading a map behind the end of its file, taken so that they end nothing: whoever
//! faults reads zeros, and the map's place in the table says so.

#[cfg(not(unix))]
pub(super) use other::Slot;
#[cfg(unix)]
pub(super) use unix::Slot;

#[cfg(unix)]
mod unix {
    use std::mem::{MaybeUninit, zeroed};
    use std::ptr;
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

    use nix::libc;

    /// Parts that can be mapped at once: more than there are threads, each of which has one.
    const SLOTS: usize = 1024;

    /// A place in the table. It is taken while `from` is not 0; the addresses from `from` up to
    /// `to` are a map's, page by page.
    #[derive(Debug)]
    struct Entry {
        from: AtomicUsize,
        to: AtomicUsize,
        cut: AtomicBool,
    }

    /// What `from` is while a place is taken and its map is not known.
    const TAKEN: usize = usize::MAX;

    static TABLE: [Entry; SLOTS] = [const {
        Entry {
            from: AtomicUsize::new(0),
            to: AtomicUsize::new(0),
            cut: AtomicBool::new(false),
        }
    }; SLOTS];

    /// Who took the signal before us, and the length of a page.
    static BEFORE: OnceLock<(libc::sigaction, usize)> = OnceLock::new();

    /// A place of the table that is ours until it is dropped.
    #[derive(Debug)]
    pub(in super::super) struct Slot(&'static Entry);

    impl Slot {
        /// A place that nobody has. None where there is none, or where the signal cannot be taken.
        pub(in super::super) fn free() -> Option<Slot> {
            if !is_ready() {
                return None;
            }
            let take = |entry: &&'static Entry| {
                let taken =
                    entry
                        .from
                        .compare_exchange(0, TAKEN, Ordering::AcqRel, Ordering::Relaxed);
                taken.is_ok()
            };
            TABLE.iter().find(take).map(Slot)
        }

        /// Enters a map, which must not have been read yet.
        pub(in super::super) fn enter(&self, map: &[u8]) {
            let page = BEFORE.get().map_or(4096, |(_, page)| *page);
            let start = map.as_ptr() as usize;
            let end = (start + map.len()).next_multiple_of(page);
            self.0.cut.store(false, Ordering::Relaxed);
            self.0.to.store(end, Ordering::Relaxed);
            self.0.from.store(start / page * page, Ordering::Release);
        }

        /// Whether a fault was taken in the map.
        pub(in super::super) fn was_cut(&self) -> bool {
            self.0.cut.load(Ordering::Acquire)
        }
    }

    impl Drop for Slot {
        fn drop(&mut self) {
            self.0.from.store(0, Ordering::Release);
        }
    }

    /// Whether faults are taken: set up by whoever maps first.
    fn is_ready() -> bool {
        static READY: OnceLock<bool> = OnceLock::new();
        *READY.get_or_init(|| {
            let Some(before) = before() else {
                return false;
            };
            BEFORE.set(before).is_ok() && take_over()
        })
    }

    #[expect(unsafe_code, reason = "asks the system; see SAFETY")]
    fn before() -> Option<(libc::sigaction, usize)> {
        let mut before = MaybeUninit::<libc::sigaction>::uninit();
        // SAFETY: without a new action the call only writes the present one to where it is told,
        // which is room for it; it is read only if the call says that it has written.
        let before = unsafe {
            match libc::sigaction(libc::SIGBUS, ptr::null(), before.as_mut_ptr()) {
                0 => before.assume_init(),
                _ => return None,
            }
        };
        // SAFETY: the call takes a number and gives one.
        let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
        let page = usize::try_from(page).ok()?;
        page.is_power_of_two().then_some((before, page))
    }

    #[expect(unsafe_code, reason = "takes a signal; see SAFETY")]
    fn take_over() -> bool {
        // SAFETY: an action of zeros is one: no flags, no signals held back. Its function is of
        // the form that SA_SIGINFO asks for, and does only what a signal's function may do. It
        // runs on the thread's other stack where there is one, as the function before it does.
        unsafe {
            let mut action: libc::sigaction = zeroed();
            action.sa_sigaction = take as *const () as usize;
            action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
            libc::sigaction(libc::SIGBUS, &action, ptr::null_mut()) == 0
        }
    }

    /// Takes a fault: puts zeros where a file has ended under a map of ours. Any other fault goes
    /// where it would have gone without us.
    #[expect(unsafe_code, reason = "a signal's function; see SAFETY")]
    extern "C" fn take(
        _signal: libc::c_int,
        info: *mut libc::siginfo_t,
        _context: *mut libc::c_void,
    ) {
        // SAFETY: the system gives a pointer to what it says of the signal, which for a fault has
        // an address. Only atomics are read and written here, and the calls made are such as a
        // signal's function may make; `mmap` puts zeros in the place of pages that lie in a map of
        // ours and that nobody can read, since each of them would fault. The number of the last
        // error is what it was.
        unsafe {
            let error = errno();
            let kept = *error;
            let at = (*info).si_addr() as usize;
            let page = BEFORE.get().map_or(4096, |(_, page)| *page);
            let mine = TABLE.iter().find(|entry| {
                let from = entry.from.load(Ordering::Acquire);
                from != 0 && from <= at && at < entry.to.load(Ordering::Relaxed)
            });
            let is_done = mine.is_some_and(|entry| {
                let first = at / page * page;
                let zeros = libc::mmap(
                    first as *mut libc::c_void,
                    page,
                    libc::PROT_READ,
                    libc::MAP_PRIVATE | libc::MAP_ANON | libc::MAP_FIXED,
                    -1,
                    0,
                );
                entry.cut.store(true, Ordering::Release);
                zeros != libc::MAP_FAILED
            });
            if !is_done && let Some((before, _)) = BEFORE.get() {
                // The fault happens again when this returns, and meets who was here before.
                libc::sigaction(libc::SIGBUS, before, ptr::null_mut());
            }
            *error = kept;
        }
    }

    /// Where the thread's last error is.
    #[expect(unsafe_code, reason = "asks the C library; see SAFETY")]
    unsafe fn errno() -> *mut libc::c_int {
        // SAFETY: each gives the address of a number that lives as long as the thread.
        unsafe {
            #[cfg(any(target_os = "linux", target_os = "emscripten", target_os = "redox"))]
            return libc::__errno_location();
            #[cfg(any(target_os = "android", target_os = "netbsd", target_os = "openbsd"))]
            return libc::__errno();
            #[cfg(any(target_os = "macos", target_os = "ios", target_os = "freebsd"))]
            return libc::__error();
        }
    }
}

#[cfg(not(unix))]
mod other {
    //! A file that is mapped cannot be cut on these systems: whoever tries gets an error.

    /// Nothing to enter.
    #[derive(Debug)]
    pub(in super::super) struct Slot;

    impl Slot {
        pub(in super::super) fn free() -> Option<Slot> {
            Some(Slot)
        }

        pub(in super::super) fn enter(&self, _map: &[u8]) {}

        pub(in super::super) fn was_cut(&self) -> bool {
            false
        }
    }
}
