// The npm package `socket.io`, its WebSocket transport only: every message goes to everybody in the room, its sender included.
import { createServer } from 'node:http'
import { Server } from 'socket.io'

const server = createServer()
const io = new Server(server, { transports: ['websocket'], serveClient: false })

io.on('connection', (socket) => {
  const { room } = socket.handshake.query
  socket.join(room)
  socket.on('say', (text) => io.to(room).emit('said', text))
})

server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`)
})
