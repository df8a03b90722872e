// The npm package `ws`: every message goes to everybody in the room, its sender included.
import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'

const rooms = new Map()
const server = createServer()

new WebSocketServer({ server }).on('connection', (socket, request) => {
  const room = new URL(request.url, 'http://localhost').searchParams.get('room')
  if (!rooms.has(room)) rooms.set(room, new Set())
  const members = rooms.get(room).add(socket)
  socket.on('message', (message) => {
    for (const member of members) member.send(message, { binary: false })
  })
  socket.on('close', () => members.delete(socket))
  socket.on('error', () => socket.terminate())
})

server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`)
})
