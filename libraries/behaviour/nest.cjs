require('reflect-metadata')
const { attempt, calls, get, listeners, say, shape } = require('./transcript.cjs')

exports.run = async ({ NestFactory, common }) => {
  const {
    Controller,
    Get,
    Post,
    Param,
    Module,
    Injectable,
    UseGuards,
    UseInterceptors,
    Catch,
    HttpException,
    HttpCode,
  } = common
  const seen = {}
  class Items {
    find(id) {
      seen.this = this instanceof Items
      seen.stack = calls(new Error('here')).slice(0, 4)
      return { id }
    }
    broken() {
      throw new HttpException('gone', 410)
    }
    async rejects() {
      throw new TypeError('mine')
    }
  }
  const { find } = Items.prototype
  const decorate = (name, ...decorators) => {
    for (const decorator of decorators)
      decorator(Items.prototype, name, Object.getOwnPropertyDescriptor(Items.prototype, name))
  }
  decorate('find', Get('items/:id'))
  Param('id')(Items.prototype, 'find', 0)
  decorate('broken', Get('broken'), HttpCode(201))
  decorate('rejects', Post('rejects'), Get('rejects'))
  Controller()(Items)
  const order = []
  class Guard {
    canActivate(context) {
      order.push(
        'guard',
        context.getHandler() === find,
        context.getClass() === Items,
        context.getHandler().name,
      )
      return !context.switchToHttp().getRequest().url.includes('forbidden')
    }
  }
  Injectable()(Guard)
  UseGuards(Guard)(Items)
  class Shop {
    onModuleInit() {
      order.push('init')
    }
    onModuleDestroy() {
      order.push('destroy')
    }
  }
  Module({ controllers: [Items], providers: [Guard] })(Shop)
  say('factory', shape(NestFactory.create), Object.keys(NestFactory).join())
  await attempt('nothing', () => NestFactory.create(undefined, { logger: false, abortOnError: false }))
  const app = await NestFactory.create(Shop, { logger: false })
  app.useGlobalFilters(
    new (class {
      catch(error, host) {
        order.push(['filter', error.constructor.name, error.message])
        host
          .switchToHttp()
          .getResponse()
          .status(error.getStatus?.() ?? 500)
          .end('filtered')
      }
    })(),
  )
  Catch()(class {})
  app.use(function plain(request, response, next) {
    seen.listeners = [request, response].map(listeners)
    next()
  })
  await app.listen(0, '127.0.0.1')
  const { port } = app.getHttpServer().address()
  for (const path of ['items/8', 'broken', 'rejects', 'none', 'items/forbidden'])
    say(path, await get(port, `/${path}`))
  for (const [key, value] of Object.entries(seen)) say(key, value)
  say('handler', Items.prototype.find === find, app.get(Items).find === find)
  await app.close()
  say('order', order)
}
