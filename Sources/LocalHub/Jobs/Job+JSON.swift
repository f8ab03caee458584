import IoTHub

extension Job {
    /// The job as the API shows it.
    ///
    /// Source: `JobResponse` of Microsoft's service SDKs.
    var json: JSONObject {
        var twin = request.write.json
        twin["etag"] = "*"
        var object: JSONObject = [
            "jobId": .string(request.id),
            "queryCondition": .string(request.queryCondition),
            "createdTime": .string(createdTime.description),
            "startTime": .string(startTime.description),
        ]
        if let endTime { object["endTime"] = .string(endTime.description) }
        object["maxExecutionTimeInSeconds"] = .integer(request.longest)
        object["type"] = .string(JobRequest.type)
        object["updateTwin"] = .object(twin)
        object["status"] = .string(status.rawValue)
        if let failureReason { object["failureReason"] = .string(failureReason) }
        object["deviceJobStatistics"] = .object(statistics)
        return object
    }

    /// What is answered to the request that made the job.
    var receipt: JSONObject {
        ["jobId": .string(request.id), "type": .string(JobRequest.type), "status": .string(Status.queued.rawValue)]
    }

    private var statistics: JSONObject {
        func count(_ status: JobDevice.Status) -> JSON { .integer(Int64(counts[status] ?? 0)) }
        return [
            "deviceCount": .integer(Int64(devices.count)),
            "failedCount": count(.failed),
            "succeededCount": count(.completed),
            "runningCount": count(.running),
            "pendingCount": count(.pending),
        ]
    }

    /// A device of the job as a row of `devices.jobs`.
    ///
    /// Source: Azure IoT Hub documentation, "Queries for IoT Hub jobs"; `DeviceJob` of Microsoft's service SDKs.
    func row(_ device: JobDevice) -> JSON {
        var object: JSONObject = [
            "deviceId": .string(device.id),
            "jobId": .string(request.id),
            "jobType": .string(JobRequest.type),
            "status": .string(device.status.rawValue),
            "startTimeUtc": .string((device.started ?? startTime).description),
        ]
        if let ended = device.ended { object["endTimeUtc"] = .string(ended.description) }
        object["createdDateTimeUtc"] = .string(device.created.description)
        object["lastUpdatedDateTimeUtc"] = .string(
            (device.ended ?? device.started ?? device.created).description
        )
        object["outcome"] = ["deviceMethodResponse": nil]
        if let error = device.error {
            object["error"] = ["code": .string(error.code.name), "description": .string(error.message)]
        }
        return .object(object)
    }
}
