"""Every setting that Docker's files set is one that Anysize knows, every metric that they read is one that it has."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

import yaml

program = sys.argv[1]
docker = pathlib.Path("Docker")


def check_settings(name, variables):
    """Anysize itself refuses unknown settings and bad values, all at once."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("ANYSIZE_")}
    result = subprocess.run([program, "config"], env=environment | variables, capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"{name}: {result.stdout}{result.stderr}")
    print(f"{name}: {len(variables)} settings are known")


manifests = list(yaml.safe_load_all((docker / "kubernetes.yaml").read_text()))
of_kind = lambda kind, name: next(m for m in manifests if m["kind"] == kind and m["metadata"]["name"] == name)
variables = of_kind("ConfigMap", "anysize")["data"]
check_settings("kubernetes.yaml", variables)

# Sums that two files have to agree on.
pod = of_kind("Deployment", "anysize")["spec"]["template"]["spec"]
delay = float(variables["ANYSIZE_SHUTDOWN_DELAY_SECONDS"])
assert pod["terminationGracePeriodSeconds"] > delay + 30, "a pod is killed before its requests have ended"
autoscaler = of_kind("HorizontalPodAutoscaler", "anysize")["spec"]
assert autoscaler["maxReplicas"] <= 12, "the maximum is there for a reason"
rule = yaml.safe_load((docker / "prometheus/adapter.yaml").read_text())["rules"][0]
wanted = next(m["pods"]["metric"]["name"] for m in autoscaler["metrics"] if m["type"] == "Pods")
assert rule["name"]["as"] == wanted, "the autoscaler asks for a metric that the adapter doesn't make"

# The ingress controller writes a back end of its own around this.
snippet = of_kind("Ingress", "anysize")["metadata"]["annotations"]["haproxy.org/backend-config-snippet"]
with tempfile.NamedTemporaryFile("w", suffix=".cfg") as file:
    file.write("defaults\n timeout connect 1s\n timeout client 1s\n timeout server 60s\n mode http\n")
    file.write("frontend front\n bind 127.0.0.1:8080\n default_backend one\nbackend one\n balance uri\n")
    file.write(snippet + " server pod 127.0.0.1:8081\n")
    file.flush()
    subprocess.run(["haproxy", "-q", "-c", "-f", file.name], check=True)

described = set(re.findall(r'"(anysize_[a-z_]+)":', pathlib.Path("Sources/anysize/MetricDescriptions.swift").read_text()))
assert len(described) > 40
read = set()
for file in ("grafana.json", "prometheus/alerts.yaml", "prometheus/adapter.yaml", "prometheus/alerts.test.yaml"):
    names = set(re.findall(r"anysize_[a-z_]+", (docker / file).read_text())) - {rule["name"]["as"]}
    unknown = {name for name in names if re.sub(r"_(bucket|sum|count)$", "", name) not in described}
    assert names and not unknown, f"{file}: nobody counts {unknown}"
    read |= names
print(f"{len(read)} metrics are known")
