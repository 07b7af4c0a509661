#!/bin/sh
# usage: guest.sh
#
# The first process of a machine in which `every-strategy` is tested. Each result is a line `ok NAME` or `not ok NAME: WHY` on the
# second serial port, and the last line is `end`. /module names KVM's module, /scenarios the functions to run.

case ${1:-} in
-h | --help) sed -n '2,/^$/s/^# \{0,1\}//p' "$0"; exit 0 ;;
esac
# It moves files and loads modules, so it must not run on a host.
if [ ! -e /scenarios ]; then
    echo 'error: this is for the machines of the test every_strategy alone; see --help' >&2
    exit 2
fi
if [ $$ = 1 ]; then
    /bin/busybox --install -s /bin
    mount -t devtmpfs devtmpfs /dev
    mount -t proc proc /proc
    mount -t sysfs sysfs /sys
    mount -t tmpfs tmpfs /tmp
    dmesg -n 1
    # A terminal of its own, without which there are no process groups.
    setsid -c "$0" <>/dev/ttyS0 >&0 2>&1
    poweroff -f
fi
release=/lib/modules/$(uname -r)
mkdir -p "$release" /scenario && mv /modules/*.ko "$release" && depmod
cd /scenario || exit

module=$(cat /module)
sysfs=/sys/module/$module

# --- what scenarios are written with ---------------------------------------------------------------------------------

scenario='' wrong=''

begin() { # its name
    end
    scenario=$1
    rm -rf /scenario/*
    echo "--- $1"
}

end() {
    [ -n "$scenario" ] || return
    if [ -z "$wrong" ]; then echo "ok $scenario"; else echo "not ok $scenario:$wrong"; fi >/dev/ttyS1
    scenario='' wrong=''
}

check() { # words, then a command that must succeed
    what=$1
    shift
    "$@" || { wrong="$wrong $what;"; echo "wrong: $what"; }
}

# Runs every-strategy in the foreground; sets `code` to its exit code, and leaves its output in the file `said`.
start() {
    NMI=${suite:-/nmi} /every-strategy --out runs "$@" >said 2>&1
    code=$?
    cat said
}

ends_with() { check "exit code $code, not $1" [ "$code" = "$1" ]; }
says() { check "it does not say '$1'" grep -q "$1" said; }
not() { ! "$@"; }

parameters() { grep -r . "$sysfs/parameters" | sort; }
modules() { cut -d ' ' -f 1 /proc/modules | sort; }
remember() { rm -f /tmp/before; { modules; [ ! -d "$sysfs" ] || parameters; } >/tmp/before; }
is_as_before() {
    { modules; [ ! -d "$sysfs" ] || parameters; } >/tmp/now
    check 'the module is not as it was' cmp -s /tmp/before /tmp/now
    cmp -s /tmp/before /tmp/now || diff /tmp/before /tmp/now
    check 'a state is left' [ ! -e /run/nmi-every-strategy ]
}

# A suite of our own that notes the module's parameters and runs the commands given.
suite_that() {
    cat >/tmp/suite <<END
#!/bin/sh
[ "\$1" = report ] && exit 0
case " \$* " in *' --list '*) exit 0 ;; esac
echo "nested=\$(cat $sysfs/parameters/nested) vnmi=\$(cat $sysfs/parameters/vnmi)" >>/tmp/saw
$1
END
    chmod +x /tmp/suite
    rm -f /tmp/saw
    suite=/tmp/suite
}

# Starts every-strategy in a process group of its own, and waits until the given command succeeds: the suite runs.
start_until() {
    set -m
    NMI=$suite /every-strategy --out runs --time-limit 10 kvm::long:: >said 2>&1 &
    script=$!
    set +m
    for _ in $(seq 300); do
        "$@" && return
        usleep 200000
    done
    check 'the suite does not run' false
}

# To the whole group, as Ctrl-C does.
signal() {
    kill "-$1" "-$script"
    wait "$script"
    code=$?
    cat said
}

# --- scenarios -------------------------------------------------------------------------------------------------------

both_strategies() {
    begin "both strategies run and the module comes back"
    remember
    suite=/nmi
    start --time-limit 10 kvm::long::ioctl::blocking/second-nmi-waits-for-iret
    ends_with 0
    for strategy in $strategies; do
        check "$strategy has no run" grep -q "$strategy" "runs/$strategy.jsonl"
        check "$strategy has no summary" grep -q "^$strategy .*1 passed" runs/summary.txt
    done
    check 'there is no report' [ -s runs/report.html ]
    is_as_before

    begin "the other parameters stay while the suite runs"
    suite_that true
    start
    check 'a parameter was lost' [ "$(tr '\n' , </tmp/saw)" = 'nested=0 vnmi=N,nested=0 vnmi=Y,' ]
    is_as_before
}

what_it_refuses() {
    begin "a dry run changes nothing"
    remember
    suite_that true
    start --dry-run
    ends_with 0
    says 'vnmi=0 and with vnmi=1'
    check 'the suite ran' [ ! -e /tmp/saw ]
    check 'there are runs' [ ! -e runs ]
    is_as_before

    begin "it is refused while somebody uses KVM"
    sleep 1000 3</dev/kvm &
    start
    ends_with 3
    says "used by sleep (process $!)"
    kill $!
    wait $! 2>/dev/null
    is_as_before

    begin "it is refused without root"
    echo 'nobody:x:65534:65534::/:/bin/sh' >/etc/passwd
    su -s /bin/sh nobody -c '/every-strategy --out /tmp/runs' >said 2>&1
    code=$?
    ends_with 3
    says 'only root'
    is_as_before

    begin "a folder with runs is not written to"
    mkdir runs && touch runs/old.jsonl
    start
    ends_with 2
    says 'not empty'
    is_as_before
}

suites_that_fail() {
    begin "the worst exit code is told"
    remember
    suite_that 'grep -q vnmi=Y /tmp/saw && exit 1; exit 3'
    start
    ends_with 3
    is_as_before

    begin "a suite that is killed"
    suite_that 'kill -9 $$'
    start
    ends_with 3
    says 'the suite was killed (exit code 137)'
    is_as_before

    begin "nobody reads its output"
    suite_that true
    NMI=/tmp/suite /every-strategy --out runs | true
    is_as_before

    begin "a module that cannot be loaded again is put back later"
    suite_that "mv $release /lib/elsewhere"
    start
    ends_with 3
    says 'could not be put back'
    check 'no state is left' [ -e /run/nmi-every-strategy/parameters ]
    mv /lib/elsewhere "$release"
    start --restore
    ends_with 0
    is_as_before
}

not_loaded() {
    begin "a module that was not loaded is unloaded again"
    rmmod "$module" kvm
    remember
    suite_that true
    start
    ends_with 0
    is_as_before
    modprobe "$module" nested=0
}

signals() {
    begin "Ctrl-C in the middle of a run"
    remember
    suite=/nmi
    start_until grep -qs '"trial-finished"' runs/amd-event-injection.jsonl
    signal INT
    ends_with 130
    check 'a second strategy ran' [ "$(echo runs/*.jsonl)" = runs/amd-event-injection.jsonl ]
    check 'the run has no end' grep -q '"interrupted":true' runs/amd-event-injection.jsonl
    is_as_before

    for name in TERM HUP; do
        begin "SIG$name in the middle of a run"
        suite_that 'exec sleep 1000'
        start_until [ -e /tmp/saw ]
        signal $name
        ends_with 130
        check 'a second strategy ran' not grep -q vnmi=Y /tmp/saw
        is_as_before
    done

    begin "after SIGKILL, the next start puts the module back"
    suite_that 'exec sleep 1000 3</dev/kvm'
    start_until pidof sleep
    signal KILL
    orphan=$(pidof sleep)
    start --restore
    ends_with 3
    says "used by sleep (process $orphan)"
    kill "$orphan"
    while [ -e "/proc/$orphan" ]; do usleep 100000; done
    rm -r runs
    suite_that true
    start
    ends_with 0
    says 'was killed; putting'
    says 'as it was:.* nested=0 .*vnmi=Y'
    is_as_before
}

# The processor or the kernel has one strategy only.
one_strategy() {
    begin "what this host has not is told, and the other strategy runs"
    remember
    suite=/nmi
    start --time-limit 10 kvm::long::ioctl::blocking/second-nmi-waits-for-iret
    ends_with 0
    for line in "amd-event-injection .*1 passed" "$(cat /why)"; do
        check "the summary lacks '$line'" grep -q "$line" runs/summary.txt
    done
    is_as_before
}

case $module in
kvm_amd) strategies='amd-event-injection amd-vnmi' ;;
kvm_intel) strategies='intel-soft-vnmi intel-vnmi' ;;
esac
# The parameters are those that somebody chose, not modprobe's.
modprobe "$module" nested=0 vnmi=1
while read -r name; do "$name" </dev/null; done </scenarios
end
echo end >/dev/ttyS1
