// The npm package `uwebsockets` (uWebSockets under Node): every message goes to everybody in the room, its sender included.
import uws from 'uwebsockets'

const app = uws.App()

app.ws('/*', {
  maxBackpressure: 64 * 1024 * 1024,
  upgrade: (response, request, context) => {
    const header = (name) => request.getHeader(`sec-websocket-${name}`)
    const data = { room: request.getQuery('room') }
    response.upgrade(data, header('key'), header('protocol'), header('extensions'), context)
  },
  open: (socket) => socket.subscribe(socket.getUserData().room),
  message: (socket, message) => app.publish(socket.getUserData().room, message, false),
})

app.listen('127.0.0.1', 0, (listening) => {
  console.log(`listening on http://127.0.0.1:${uws.us_socket_local_port(listening)}`)
})
