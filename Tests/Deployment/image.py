#!/usr/bin/env python3
"""Builds the image of Docker/Dockerfile without a container engine, and runs what came out as an engine would.

    sudo apt-get install buildah debootstrap
    sudo Tests/Deployment/image.py [--work DIRECTORY] [--keep]

The steps are run by buildah, in a chroot. The two base images are made here, since no registry is asked: Debian's from Debian's own
packages, Swift's from it and the toolchain of this machine. The program then runs with the image's own user, environment, entry point
and health check, on a read-only root, with a temporary /tmp and a volume, without capabilities, in a PID and mount namespace of its own.
Takes about ten minutes, most of them the build. Not part of `Docker/test`, for that.
"""
import argparse, json, os, shutil, signal, subprocess, sys, time, urllib.error, urllib.request
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
PORT, OPERATIONS = 18080, 18081
MIRROR = "http://deb.debian.org/debian"
# What the official Swift image has besides the toolchain.
SWIFT_PACKAGES = ("binutils git gnupg libc6-dev libcurl4 libedit2 libgcc-12-dev libncurses6 libpython3.11 libsqlite3-0"
                  " libstdc++-12-dev libxml2 libz3-4 pkg-config tzdata unzip zlib1g-dev")


def run(*command, **options):
    return subprocess.run([str(part) for part in command], check=True, **options)


def output(*command):
    return run(*command, stdout=subprocess.PIPE, text=True).stdout.strip()


def buildah(*arguments):
    run("buildah", *arguments, stdout=subprocess.DEVNULL)


def make_bases(work):
    """debian:12-slim and swift:6.3-bookworm, as far as the Dockerfile sees them."""
    root = work / "debian"
    if not (root / "etc/debian_version").exists():
        run("debootstrap", "--variant=minbase", "bookworm", root, MIRROR, stdout=subprocess.DEVNULL)
        (root / "etc/apt/sources.list").write_text(
            f"deb {MIRROR} bookworm main\ndeb {MIRROR} bookworm-updates main\n"
            f"deb {MIRROR}-security bookworm-security main\n")
    base = work / "Dockerfile.debian"
    base.write_text("FROM scratch\nCOPY . /\nCMD [\"bash\"]\n")
    buildah("bud", "--quiet", "--isolation", "chroot", "--tag", "debian:12-slim", "--file", base, root)
    # TOOLCHAIN/usr/bin/swift
    toolchain = Path(shutil.which("swift")).resolve().parents[2]
    swift = work / "Dockerfile.swift"
    swift.write_text(
        "FROM debian:12-slim\n"
        f"RUN apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends {SWIFT_PACKAGES}\n"
        "COPY usr /usr\n")
    buildah("bud", "--quiet", "--isolation", "chroot", "--network", "host", "--pull-never", "--tag", "swift:6.3-bookworm",
            "--file", swift, toolchain)


def build(mounts):
    volumes = [part for mount in mounts for part in ("--volume", mount)]
    run("buildah", "bud", "--isolation", "chroot", "--network", "host", "--pull-never", "--format", "docker", *volumes,
        "--tag", "anysize", "--file", CHECKOUT / "Docker/Dockerfile", CHECKOUT)


class Container:
    """What `docker run` would start: the image's configuration on its files."""

    def __init__(self, root, config, data, tmp):
        self.root, self.config, self.data, self.tmp = root, config, data, tmp
        self.process = None

    def command(self, arguments, environment=()):
        """In namespaces of its own, with the files read-only but for the volume and /tmp."""
        user, group = self.config["User"].split(":")
        script = f"""
            set -e
            root={self.root}
            mount --bind $root $root
            mount -t proc proc $root/proc
            mount -t tmpfs -o {self.tmp},mode=1777 tmpfs $root/tmp
            mount -t tmpfs -o mode=755 tmpfs $root/dev
            for device in null zero full random urandom; do touch $root/dev/$device; mount --bind /dev/$device $root/dev/$device; done
            mkdir $root/dev/shm && mount -t tmpfs -o mode=1777 tmpfs $root/dev/shm
            mount --bind {self.data} $root/data
            mount -o remount,bind,ro $root
            cd $root{self.config["WorkingDir"]}
            exec chroot $root setpriv --reuid {user} --regid {group} --clear-groups --no-new-privs --bounding-set=-all \
                --inh-caps=-all env -i -C {self.config["WorkingDir"]} "$@"
        """
        return ["unshare", "--mount", "--pid", "--fork", "--kill-child", "bash", "-c", script, "-", *self.config["Env"],
                *environment, *arguments]

    def start(self, key):
        settings = [f"ANYSIZE_API_KEYS={key}", f"ANYSIZE_HTTP_PORT={PORT}", f"ANYSIZE_OPERATIONS_PORT={OPERATIONS}"]
        self.process = subprocess.Popen(self.command(self.config["Entrypoint"] + self.config["Cmd"], settings))
        health = self.config["Healthcheck"]["Test"]
        assert health[0] == "CMD", health
        for _ in range(100):
            assert self.process.poll() is None, f"ended with {self.process.returncode}"
            # As the engine does: in the container, with its environment.
            check = subprocess.run(self.command(health[1:], settings), capture_output=True, text=True)
            if check.returncode == 0:
                return check.stdout.strip()
            time.sleep(0.2)
        raise SystemExit(f"not healthy: {check.stdout}{check.stderr}")

    def stop(self):
        """SIGTERM to the program, which is the first process of its namespace: signals it ignores would have no effect."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        started = time.monotonic()
        os.kill(int(children[0]), signal.SIGTERM)
        code = self.process.wait(60)
        return code, time.monotonic() - started


def fetch(path, data=None, key=None, port=PORT):
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data=data)
    if key:
        request.add_header("Authorization", f"Bearer {key}")
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def check(work):
    config = json.loads(output("buildah", "inspect", "--type", "image", "anysize"))["Docker"]["config"]
    container = output("buildah", "from", "--pull-never", "anysize")
    root = output("buildah", "mount", container)
    box = None
    try:
        assert config["User"] not in ("", "0", "root", "0:0"), config["User"]
        byte_count = int(output("du", "--bytes", "--summarize", root).split()[0])
        print(f"image: {byte_count / 1e6:.0f} MB, user {config['User']}, {config['Entrypoint']} {config['Cmd']}")
        leftovers = output("find", root, "-xdev", "-perm", "/6000", "-newer", f"{root}/etc/debian_version", "-type", "f")
        print(f"set-uid files: {len(leftovers.split())}")
        for program in ("swift", "gcc", "git", "curl", "python3"):
            assert not shutil.which(program, path=f"{root}/usr/bin"), f"{program} is in the image"
        for tmp in ("exec", "noexec"):
            data = work / f"data-{tmp}"
            shutil.rmtree(data, ignore_errors=True)
            # As an engine makes a named volume: with owner and mode of the image's directory.
            shutil.copytree(f"{root}/data", data)
            shutil.copystat(f"{root}/data", data)
            owner = os.stat(f"{root}/data")
            os.chown(data, owner.st_uid, owner.st_gid)
            box = Container(root, config, data, tmp)
            keys = subprocess.run(
                box.command(config["Entrypoint"] + ["keys", "create", "web", "--scopes", "upload,delete,read"]),
                capture_output=True, text=True, check=True).stdout.split()
            secret = next(word for word in keys if word.startswith("any_"))
            entry = next(word for word in keys if word.startswith("web:"))
            print(f"/tmp {tmp}: {box.start(entry)}")
            picture = (CHECKOUT / "Fixtures/originals/photo.jpg").read_bytes()
            assert fetch("/img", picture)[0] == 401
            status, body = fetch("/img", picture, secret)
            assert status == 201, (status, body)
            name = json.loads(body)["id"]
            for recipe, magic in (("w=64", b"\xff\xd8"), ("w=64&format=webp", b"RIFF"), ("w=64&format=avif", b"\0\0\0"),
                                  ("w=64&format=png", b"\x89PNG")):
                status, body = fetch(f"/img/{name}?{recipe}")
                assert status == 200 and body.startswith(magic), (recipe, status, body[:200])
            assert fetch(f"/img/{name}/original", key=secret)[1] == picture
            assert fetch("/readyz", port=OPERATIONS)[0] == 200
            metrics = fetch("/metrics", port=OPERATIONS)[1]
            assert b"anysize_uploads_total 1" in metrics
            code, seconds = box.stop()
            assert code == 0, f"ended with {code}"
            assert any((data).iterdir()), "nothing on the volume"
            print(f"/tmp {tmp}: uploaded, rendered four formats, ended by SIGTERM within {seconds:.1f} s")
    finally:
        if box and box.process and box.process.poll() is None:
            # The namespace's first process ends with it, and all others with that.
            box.process.kill()
            box.process.wait()
        buildah("rm", container)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--work", type=Path, default=CHECKOUT / ".build-image")
    options.add_argument("--mount", action="append", default=[], metavar="HERE:THERE:ro",
                         help="for the build, such as a mirror of Swift packages")
    options.add_argument("--keep", action="store_true", help="use the image of the last run")
    options = options.parse_args()
    if os.geteuid() != 0:
        sys.exit("image: this needs root, to mount and to make files of other users")
    for program in ("buildah", "debootstrap", "unshare"):
        if not shutil.which(program):
            sys.exit(f"image: there is no {program}; apt-get install buildah debootstrap")
    options.work.mkdir(parents=True, exist_ok=True)
    if not options.keep:
        make_bases(options.work)
        build(options.mount)
    check(options.work)
    print("image: all is well")


main()
