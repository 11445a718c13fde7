import Glibc
import Sandbox

if CommandLine.arguments.dropFirst().first == "without-landlock" {
    OlderKernel.execute(Array(CommandLine.arguments.dropFirst(2)))
}

// Otherwise the arguments are: what to do, the parent's process id, the layers to put on (with commas; "all"; or "-" to stay outside), and
// one more that depends; after a colon in it, a file that may be read. Descriptor 3 is the message socket. Every answer is one line of text.
let words = CommandLine.arguments
guard words.count == 5, let parent = CInt(words[2]) else { exit(64) }
let socket = MessageSocket(adopting: 3)
let errand = Errand(socket: socket, parent: parent, argument: words[4])

errand.prepare(words[1])
if words[3] != "-" {
    let names = words[3].split(separator: ",").map(String.init)
    let layers = SandboxLayer.allCases.filter { names == ["all"] || names.contains($0.rawValue) }
    let limits = ProcessLimits(addressSpaceByteCount: 4 << 30, openFileCount: 32)
    let readable = words[4].split(separator: ":").dropFirst().map(String.init)
    let report = Sandbox.enter(
        parent: parent, limits: limits, files: SandboxFiles(readable: readable), layers: Set(layers))
    let missing = report.missing.filter { $0.reason != "switched off" }.map { "\($0.layer.rawValue): \($0.reason)" }
    errand.say(missing.isEmpty ? "entered" : missing.joined(separator: "; "))
}
errand.run(words[1])
