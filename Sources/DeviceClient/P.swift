import IoTHub
