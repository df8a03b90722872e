// The npm package `nodejs-websocket`: every message goes to everybody in the room, its sender included.
import websocket from 'nodejs-websocket'

const rooms = new Map()

const server = websocket.createServer((connection) => {
  const room = new URL(connection.path, 'http://localhost').searchParams.get('room')
  if (!rooms.has(room)) rooms.set(room, new Set())
  const members = rooms.get(room).add(connection)
  connection.on('text', (message) => {
    for (const member of members) member.sendText(message)
  })
  connection.on('close', () => members.delete(connection))
  connection.on('error', () => members.delete(connection))
})

server.listen(0, '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${server.socket.address().port}`)
})
