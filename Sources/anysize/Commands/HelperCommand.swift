import AnysizeCore
import AnysizeEngine
import ArgumentParser

/// What the service starts of itself to decode originals in. Not for people.
struct HelperCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "helper", abstract: "Decode originals for a service that has started this process.",
        shouldDisplay: false
    )

    @Option(help: "Process id of the service.")
    var parent: Int32

    @Option(help: "Bytes of address space.")
    var memoryBytesMax: Int

    @Option(help: "A format beyond the usual ones that is decoded.")
    var extraFormat: [ExtraFormat] = []

    func run() {
        HelperMain.run(
            HelperOptions(
                parent: parent, memoryByteCountMax: memoryBytesMax, extraFormats: extraFormat.map(\.format)))
    }
}
