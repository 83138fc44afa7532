/** Thread entry: the one owner of a batch stage's device. */
import { parentPort, workerData } from 'node:worker_threads'
import { serveDevice } from '../src/run/device-thread.js'

if (parentPort === null) throw new Error('workers/device.js runs as a thread')
await serveDevice(workerData, parentPort)
