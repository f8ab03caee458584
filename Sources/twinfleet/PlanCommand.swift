import ArgumentParser
import FleetReport
import FleetRunner
import Foundation
import IoTHub

/// `twinfleet plan`: what a run would take, without any traffic.
struct PlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Says what a run of a fleet would take and whether it would work, without any traffic.",
        discussion: """
            Shows the expanded fleet, the open files, source ports and memory that it needs on this machine, and the time \
            that each phase takes. Where the fleet file names the hub's tier (hub: { tier: S1, units: 1 }), what the run \
            asks of the hub is held against the tier's limits. What will not work comes last, with what mends it.

            Examples:
              twinfleet plan fleets/demo.yaml
              twinfleet plan fleets/load.yaml --json
              twinfleet plan fleet.yaml && twinfleet run fleet.yaml

            Exit codes: 0 a run would go as asked, 1 it could not begin or would not go as asked (throttled by the hub, \
            short of memory), 64 usage, 65 bad fleet file.
            """
    )

    @Argument(help: "The fleet file (YAML).", completion: .file(extensions: ["yaml", "yml"]))
    var fleet: String

    @OptionGroup var form: JSONOption

    func run() throws {
        let fleet = try FleetFile.load(fleet)
        let plan: FleetPlan
        do {
            plan = try FleetPlan(of: fleet, on: .read())
        } catch {
            complain(error.message)
            throw ArgumentParser.ExitCode(error.exitCode.rawValue)
        }
        let text =
            form.json
            ? JSON.object(PlanJSON.document(plan)).readableText
            : PlanPage.render(plan, style: Terminal.style).trimmingCharacters(in: .newlines)
        do {
            try Descriptor.write(Array((text + "\n").utf8), to: STDOUT_FILENO)
        } catch {
            complain(error.message)
            throw ArgumentParser.ExitCode(FleetRunner.ExitCode.internalError.rawValue)
        }
        if !plan.isFine { throw ArgumentParser.ExitCode(FleetRunner.ExitCode.fail.rawValue) }
    }
}
