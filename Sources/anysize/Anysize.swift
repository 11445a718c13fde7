import ArgumentParser

@main
struct Anysize: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "anysize",
        abstract: "Upload an original once; fetch any size, in any format.",
        version: Version.text,
        subcommands: [
            ServeCommand.self, RenderCommand.self, ImportCommand.self, WarmCommand.self, VerifyCommand.self,
            ConfigCommand.self, DoctorCommand.self, KeysCommand.self, SignCommand.self, HealthCommand.self,
            HelperCommand.self,
        ]
    )
}

/// The version that `--version` tells.
enum Version {
    static let text = "0.1.0"
}
