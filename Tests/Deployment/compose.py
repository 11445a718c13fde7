"""Starts the services of compose.yaml as processes, in their order, and tries them.

Commands, variables, dependencies and health checks are those of the file. What a container would give is put in its place: a directory
for a volume, a loopback address of its own for a network, a file in the place of /etc/hosts for the names. Because all share the
machine's ports, each listens on its own address instead of all; that is the only change to what they are told.
"""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

import yaml

PROGRAM = sys.argv[1]
TOOLS = pathlib.Path(".build-tools/bin").absolute()
DOCKER = pathlib.Path("Docker").absolute()
SUBNET = "127.31.250"
HOME = pathlib.Path(tempfile.mkdtemp(prefix="anysize-compose-"))


def interpolate(text, variables):
    def value(match):
        if match[0] == "$$":
            return "$"
        name, kind, rest = match[1], match[2], match[3]
        if name in variables:
            return variables[name]
        if kind == ":-":
            return rest
        sys.exit(f"compose.yaml wants {name}: {rest}")

    return re.sub(r"\$\$|\$\{(\w+)(?:(:[-?])([^}]*))?\}", value, text)


def walk(value, change):
    if isinstance(value, dict):
        return {key: walk(item, change) for key, item in value.items()}
    if isinstance(value, list):
        return [walk(item, change) for item in value]
    return change(value) if isinstance(value, str) else value


class Service:
    def __init__(self, name, spec, address):
        self.name, self.spec, self.address = name, spec, address
        self.directory = HOME / name
        (self.directory / "data").mkdir(parents=True)
        self.log = self.directory / "log"
        self.process = None

    @property
    def environment(self):
        result = {"PATH": f"{TOOLS}:/usr/sbin:/usr/bin:/sbin:/bin"}
        if self.spec["image"] == "anysize":
            # What the image sets.
            stage = (DOCKER / "Dockerfile").read_text().split("FROM ")[-1].replace("\\\n", " ")
            for line in re.findall(r"^ENV (.*)$", stage, re.MULTILINE):
                result |= dict(re.findall(r"(\w+)=(\S+)", line))
            result |= {
                "ANYSIZE_HTTP_HOST": self.address,
                "ANYSIZE_OPERATIONS_HOST": self.address,
                "ANYSIZE_DATA_DIRECTORY": str(self.directory / "data"),
            }
        result |= {key: str(value) for key, value in self.spec.get("environment", {}).items()}
        if "ANYSIZE_BIND" in result:
            result["ANYSIZE_BIND"] = self.address + result["ANYSIZE_BIND"]
        return result

    def translate(self, word):
        for volume in self.spec.get("volumes", []):
            source, target = volume.split(":")[:2]
            place = DOCKER / source if source.startswith(".") else self.directory / "data"
            word = re.sub(rf"(?<![\w/.]){re.escape(target)}(?=$|/)", str(place.resolve()), word)
        word = word.replace("/usr/local/bin/anysize", PROGRAM)
        return re.sub(r"\b0\.0\.0\.0\b", self.address, word)

    @property
    def command(self):
        image = self.spec["image"]
        words = self.spec.get("entrypoint", []) + self.spec.get("command", [])
        if image == "anysize":
            words = [PROGRAM, "serve"] + words
        words = [self.translate(word) for word in words]
        return words + ["--bind", self.address] if image.startswith("redis:") else words

    @property
    def health(self):
        words = [self.translate(word) for word in self.spec["healthcheck"]["test"][1:]]
        return [words[0], "-h", self.address] + words[1:] if words[0] == "redis-cli" else words

    def start(self):
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, env=self.environment, cwd=self.directory, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def wait(self, condition):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            ended = self.process.poll()
            if condition == "service_completed_successfully" and ended is not None:
                return ended == 0 or self.fail(f"ended with {ended}")
            if condition == "service_healthy":
                if ended is not None:
                    self.fail(f"ended with {ended}")
                check = subprocess.run(self.health, env=self.environment, cwd=self.directory, capture_output=True)
                if check.returncode == 0:
                    return True
            time.sleep(0.2)
        self.fail(f"isn't there after a minute ({condition})")

    def stop(self):
        """As the engine does it: a signal, and the time of grace; then it is a failure."""
        self.process.send_signal(getattr(signal, self.spec.get("stop_signal", "SIGTERM")))
        grace = float(self.spec.get("stop_grace_period", "10s").rstrip("s"))
        try:
            return self.process.wait(timeout=grace)
        except subprocess.TimeoutExpired:
            self.fail(f"still there {grace} s after its signal")

    def fail(self, what):
        sys.exit(f"{self.name} {what}. Its log ends with:\n{self.log.read_text(errors='replace')[-3000:]}")


def ask(url, data=None, key=None):
    request = urllib.request.Request(url, data=data)
    if key:
        request.add_header("Authorization", f"Bearer {key}")
    with urllib.request.urlopen(request, timeout=20) as answer:
        return answer.status, answer.headers["Content-Type"], answer.read()


def main():
    made = json.loads(
        subprocess.run(
            [PROGRAM, "keys", "create", "web", "--scopes", "upload,delete,read", "--json"],
            capture_output=True, text=True, check=True,
        ).stdout
    )
    variables = {
        "ANYSIZE_API_KEYS": made["entry"],
        "ANYSIZE_STORE_KEY_ID": "anysize",
        "ANYSIZE_STORE_KEY_SECRET": os.urandom(20).hex(),
        "ANYSIZE_SUBNET": SUBNET,
    }
    text = (DOCKER / "compose.yaml").read_text()
    specs = walk(yaml.safe_load(text), lambda word: interpolate(word, variables))["services"]
    services = {}
    for number, (name, spec) in enumerate(specs.items()):
        if "profiles" in spec:
            continue
        networks = spec["networks"]
        fixed = [n["ipv4_address"] for n in networks.values() if n] if isinstance(networks, dict) else []
        services[name] = Service(name, spec, fixed[0] if fixed else f"127.31.251.{number + 10}")
    hosts = HOME / "hosts"
    lines = ["127.0.0.1 localhost"] + [f"{s.address} {s.name}" for s in services.values()]
    hosts.write_text("\n".join(lines) + "\n")
    subprocess.run(["mount", "--bind", str(hosts), "/etc/hosts"], check=True)

    begun = []

    def start(service):
        if service.process:
            return
        for name, need in service.spec.get("depends_on", {}).items():
            start(services[name])
            services[name].wait(need["condition"])
        service.start()
        begun.append(service)

    try:
        for service in services.values():
            start(service)
        balancer = services["balancer"]
        url, key = f"http://{balancer.address}:8080/img", made["secret"]
        deadline = time.monotonic() + 20
        while True:
            try:
                status, _, body = ask(url, pathlib.Path("Fixtures/originals/cmyk.jpg").read_bytes(), key)
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)
        id = json.loads(body)["id"]
        assert status == 201, status
        pictures = {ask(f"http://{s.address}:8080/img/{id}?w=100")[2] for s in services.values() if s.name != "store"
                    and s.spec["image"] in ("anysize", balancer.spec["image"])}
        assert len(pictures) == 1, "nodes differ"
        print(f"compose.yaml: {len(begun)} services came up, and all nodes have the picture")
        # A new version, as the head of the file says: one node after the other, each waited for.
        for number in (1, 2, 3):
            node = services[f"node{number}"]
            code = node.stop()
            assert code == 0, f"{node.name} ended with {code}"
            assert ask(f"{url}/{id}?w={100 + number}")[0] == 200
            node.start()
            node.wait("service_healthy")
        for service in reversed(begun):
            if service.process.poll() is None:
                service.stop()
        print("compose.yaml: each node was replaced and missed by nobody, and all have stopped in their time")
    finally:
        for service in begun:
            if service.process.poll() is None:
                service.process.kill()
                service.process.wait()
        subprocess.run(["umount", "/etc/hosts"], check=False)
        shutil.rmtree(HOME, ignore_errors=True)


main()
